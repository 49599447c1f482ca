"""Text from outside inside Markdown: shown as it stands by every dialect, and never a link, a mention or a reference.

GitLab and GitHub look for ``@name``, ``#12``, ``!12`` and addresses in the text after Markdown was read, so a backslash
before them does not help; they leave code alone. So whatever is more than plain words stands in code. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from kogge.visible import guarded

_PLAIN: Final = re.compile(r"(?!\d+[.)])[^\W_](?:[^\W_]|[ ,.;()/-]|:(?= ))*")
"""Words, as names of places and sentences have them, that begin neither a list nor a command (``/close``)."""

_REFERENCE: Final = re.compile(r"\bwww\.|\b[A-Z]+-\d", re.IGNORECASE)
"""Words that are links all the same: ``www.host``, ``GH-12``."""


def text(value: str) -> str:
    """Return a text of one line: plain words as they are, everything else as code."""
    line = one_line(value)
    return line if _PLAIN.fullmatch(line) and not _REFERENCE.search(line) else code(line)


def code(value: str) -> str:
    """Return a value as a code span of one line, which may stand in the cell of a table.

    A backquote and a bar mean something inside of a code span or a cell, not the same in all dialects: a value with one
    stands in HTML's ``code``, every sign a character reference, which no dialect takes for markup.
    https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
    """
    line = one_line(value)
    if not line:
        return ""
    if "`" in line or "|" in line:
        return f"<code>{''.join(c if c.isalnum() or c == ' ' else f'&#{ord(c)};' for c in line)}</code>"
    return f"`{line}`"


def one_line(value: str) -> str:
    """Return a value with its hidden characters as escapes, and one space wherever it has any."""
    return " ".join(guarded(value).split())
