r"""Text from outside, as a person may see it: what a reader cannot see, or a terminal obeys, becomes an escape.

Belongs here: which characters are hidden, and how one is written. What else a form of output reads as its own
(Markdown, chat, HTML) belongs to that form; what a file may hold belongs to ``kogge.estate.files``.

A hidden character becomes ``\x1b``, ``\u202e`` or ``\U000e0041``. There are two filters, for one cannot be both:

- :func:`visible` for a value, once, where it is found. Two values never look alike: a backslash of the value's own that
  would read as such an escape becomes ``\x5c``. Every other backslash stays.
- :func:`guarded` for a text that was put together from such values, at any end, any number of times. It leaves
  backslashes alone.

Why it is so, and what it does not do: docs/decisions/0047-text-from-outside.md.
"""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import chain
from typing import Final

from kogge.json_value import Json

_BLANK: Final = frozenset(
    chain(
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180F, 0x2800, 0x3164, 0xFFA0, 0x16FE4, 0x1D159),
        range(0x180B, 0x180E),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
    )
)
"""Letters, marks and symbols that draw nothing: fillers, variation selectors, the blank Braille pattern. Unicode's
``Default_Ignorable_Code_Point`` (DerivedCoreProperties.txt) as far as the category does not say it, and three more."""

_MARKS_IN_A_ROW: Final = 3
"""Combining marks that one letter carries in a living script; more would be drawn over the lines around it."""

_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_COMMAND: Final = re.compile(r"^(?P<indent>[ \t]*):(?=:[A-Za-z])|#(?=#\w*\[)", re.MULTILINE)
"""What a CI system takes for a command in a log: ``::error::`` at the start of a line (indented or not) and
``##[error]`` anywhere (GitHub), ``##vso[`` (Azure DevOps). GitLab's section markers need control characters.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""


class Visible(str):
    """A value that went through :func:`visible`; a second time changes nothing, as with ``markupsafe.Markup``."""

    __slots__ = ()


def is_hidden(character: str) -> bool:
    """Tell whether a reader does not see a character, or it changes how the text around it is shown.

    That is every control, format, surrogate, private and unassigned one, every space and separator but U+0020, and
    what draws nothing. Newline and tab are among them.
    """
    return not character.isprintable() or ord(character) in _BLANK


def visible(text: str, *, lines: bool = False) -> Visible:
    """Return a found value with every hidden character as an escape; no two values become the same.

    ``lines``: newline and tab are part of the value, such as a file's content, and stay.
    """
    if isinstance(text, Visible):
        return text
    return Visible(_escaped(_ESCAPE.sub(_literal, text), "\n\t" if lines else ""))


def visible_json(value: Json) -> Json:
    """Return a found JSON value with every string in it made visible; strings keep their lines, keys do not."""
    if isinstance(value, str):
        return visible(value, lines=True)
    if isinstance(value, list):
        return [visible_json(item) for item in value]
    if isinstance(value, dict):
        return {visible(key): visible_json(item) for key, item in value.items()}
    return value


def guarded(text: str) -> str:
    """Return a text with every hidden character but newline and tab as an escape; twice is the same as once."""
    return _escaped(text, "\n\t")


def printable(text: str) -> str:
    """Return a text for a terminal or a log: guarded, and nothing in it is a command of a CI system."""
    return _COMMAND.sub(lambda match: f"{match['indent'] or ''}{_escape(match[0][-1])}", guarded(text))


def json_text(document: object, *, indent: int | None = 2) -> str:
    """Return JSON for a terminal, a log or a file: hidden characters stand in it as JSON's own escapes."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    if not text.replace("\n", "").isprintable() or not _BLANK.isdisjoint(map(ord, text)):
        text = "".join(json.dumps(c)[1:-1] if c != "\n" and is_hidden(c) else c for c in text)
    return _COMMAND.sub(lambda match: f"{match['indent'] or ''}\\u{ord(match[0][-1]):04x}", text)


def _escaped(text: str, kept: str) -> str:
    if text.isascii() and text.translate(dict.fromkeys(map(ord, kept))).isprintable():
        return text
    shown: list[str] = []
    carried = _MARKS_IN_A_ROW
    for character in text:
        mark = unicodedata.category(character).startswith("M")
        if character not in kept and (is_hidden(character) or (mark and carried >= _MARKS_IN_A_ROW)):
            shown.append(_escape(character))
            carried = _MARKS_IN_A_ROW
            continue
        shown.append(character)
        # A mark needs a letter that carries it: not the start, not a space, not an escape.
        carried = carried + 1 if mark else _MARKS_IN_A_ROW if character.isspace() else 0
    return "".join(shown)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _literal(match: re.Match[str]) -> str:
    """Return a piece of a value that looks like an escape so that it no longer does, if it could be one of ours."""
    written = match[0]
    code = int(written[2:], 16)
    if code > 0x10FFFF:
        return written
    character = chr(code)
    ours = character == "\\" or is_hidden(character) or unicodedata.category(character).startswith("M")
    return _escape("\\") + written[1:] if ours and _escape(character) == written else written
