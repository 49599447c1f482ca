"""The corpus of wrong files: sound files of the base estate, each with one thing changed, and what is said about them.

A case stands in `tests/corpus/{tenants,applications,platform}.toml` and takes three lines:

    [moelln.word-stage]                          # the base file, and the name of the case
    change = ['stage: member', 'stage: membr']   # old text, once in the base file, and new; or several such pairs
    expect = 'unknown-word at membr'             # the rule, and the text at which it is reported; or several

Where no text stands once in the changed file, ``expect`` says line and column: ``'plan-holds 12:7'``. A case that is
wrong on another day says ``as_of``; one that makes other files wrong, too, says ``elsewhere = true``. A case whose
bytes are the point (byte order marks, line ends, size) says ``whole = true`` and stands in `tests/corpus/whole/`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from tests.support.checkout import CORPUS
from tests.support.estate_files import AS_OF, BASE, EstateFiles

_FOLDERS: Final = {"tenants": "tenants/", "applications": "catalogue/", "platform": ""}
"""Each table's kind of file, and where files of that kind lie in a data root."""

_PLACE: Final = re.compile(r"(?P<rule>\S+) (?:at (?P<text>.+)|(?P<line>\d+):(?P<column>\d+))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrongFile:
    """A file that is put into the base estate, and what is wrong with it there."""

    name: str
    file: str
    """Where it lies in the data root."""
    content: bytes
    places: tuple[tuple[str, int, int], ...]
    """Rule, line and column of everything that is said about it, sorted."""
    as_of: date
    elsewhere: bool
    """Other files have errors because of it."""

    @property
    def rules(self) -> set[str]:
        """What it breaks."""
        return {rule for rule, _, _ in self.places}

    def put_into_base(self, root: Path) -> None:
        """Write the base estate with this file in it to ``root``, which does not exist yet."""
        EstateFiles.base(root)
        (root / self.file).write_bytes(self.content)


def _wrong_file(name: str, file: str, entry: dict[str, Any]) -> WrongFile:
    if unknown := entry.keys() - {"change", "expect", "as_of", "elsewhere", "whole"}:
        raise ValueError(f"{name}: unknown fields {sorted(unknown)}")
    if entry.get("whole"):
        content = (CORPUS / "whole" / f"{name}.yaml").read_bytes()
    else:
        content = _changed(name, (BASE / file).read_text(encoding="utf-8"), entry.get("change", [])).encode()
    text = content.decode(errors="replace")
    expect = [entry["expect"]] if isinstance(entry["expect"], str) else entry["expect"]
    places = tuple(sorted(_place(name, text, words) for words in expect))
    return WrongFile(name, file, content, places, entry.get("as_of", AS_OF), entry.get("elsewhere", False))


def _changed(name: str, text: str, change: list[Any]) -> str:
    pairs = [change] if change and isinstance(change[0], str) else change
    for old, new in pairs:
        if text.count(old) != 1:
            raise ValueError(f"{name}: {old!r} stands {text.count(old)} times in the base file")
        text = text.replace(old, new)
    return text


def _place(name: str, text: str, words: str) -> tuple[str, int, int]:
    match = _PLACE.fullmatch(words)
    if not match:
        raise ValueError(f"{name}: {words!r} is neither `rule at text` nor `rule line:column`")
    if match["text"] is None:
        return match["rule"], int(match["line"]), int(match["column"])
    if text.count(match["text"]) != 1:
        raise ValueError(f"{name}: {match['text']!r} stands {text.count(match['text'])} times in the changed file")
    before = text[: text.index(match["text"])].split("\n")
    return match["rule"], len(before), len(before[-1]) + 1


def _wrong_files() -> Iterator[WrongFile]:
    for kind, folder in _FOLDERS.items():
        table = tomllib.loads((CORPUS / f"{kind}.toml").read_text(encoding="utf-8"))
        for base, cases in table.items():
            for name, entry in cases.items():
                yield _wrong_file(name, f"{folder}{base}.yaml", entry)


WRONG_FILES: Final = tuple(sorted(_wrong_files(), key=lambda wrong: wrong.name))
