"""Every bad file of the corpus is refused for the reason, at the line and column that its first line states."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from kogge.estate import load_estate
from kogge.estate.rules.registry import RULES
from tests.support.checkout import CORPUS

AS_OF = date(2026, 11, 24)
BAD = sorted((CORPUS / "bad").glob("*.yaml"))

_HEADER = re.compile(
    r"# expect (?P<places>.+?) in (?P<file>\S+?)(?: as of (?P<day>\S+))?(?P<elsewhere> and elsewhere)?$"
)


@dataclass(frozen=True)
class Expectation:
    """The first line of a bad file: where it is put into the base estate, and what is wrong with it there."""

    file: str
    places: list[tuple[str, int, int]]
    as_of: date
    elsewhere: bool
    """Other files have errors because of it."""


def expectation(path: Path) -> Expectation:
    raw = path.read_bytes()
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
    text = raw.decode(marks.get(raw[:2], "utf-8"), errors="replace")
    match = _HEADER.match(re.split("[\r\n]", text, maxsplit=1)[0])
    assert match, f"{path.name} states no expectation"
    places = [re.fullmatch(r"(\S+) (\d+):(\d+)", place) for place in match["places"].split(", ")]
    day = date.fromisoformat(match["day"]) if match["day"] else AS_OF
    found = sorted((p[1], int(p[2]), int(p[3])) for p in places if p)
    return Expectation(match["file"], found, day, bool(match["elsewhere"]))


def estate_with(tmp_path: Path, bad: Path, file: str) -> Path:
    root = tmp_path / "estate"
    shutil.copytree(CORPUS / "base", root)
    shutil.copyfile(bad, root / file)
    return root


def test_the_base_estate_has_no_mistake() -> None:
    loaded = load_estate(CORPUS / "base", as_of=AS_OF)
    assert loaded.problems == ()
    assert loaded.estate is not None


@pytest.mark.parametrize("bad", BAD, ids=[path.stem for path in BAD])
def test_a_bad_file_is_refused_as_it_states(bad: Path, tmp_path: Path) -> None:
    expected = expectation(bad)
    loaded = load_estate(estate_with(tmp_path, bad, expected.file), as_of=expected.as_of)
    found = sorted((p.rule, p.line, p.column) for p in loaded.problems if p.file == expected.file)
    assert found == expected.places
    others = [problem for problem in loaded.problems if problem.file != expected.file and problem.is_error]
    assert bool(others) == expected.elsewhere
    assert all(problem.message and problem.hint for problem in loaded.problems)


def test_every_rule_has_a_bad_file() -> None:
    covered = {rule for bad in BAD for rule, _, _ in expectation(bad).places}
    assert {rule.id for rule in RULES} - covered == UNCOVERED_BY_ONE_FILE


UNCOVERED_BY_ONE_FILE = {
    "cluster-holds",
    "storage-class-exists",
    "database-host-holds",
    "space-name-fits",
    "lighthouse-first",
}
"""Broken only by two files together: see test_rules.py."""
