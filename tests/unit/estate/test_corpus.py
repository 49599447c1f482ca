"""Every wrong file of the corpus is refused for the reason, at the line and column that its case states."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.estate import load_estate
from kogge.estate.rules.registry import RULES
from tests.support.checkout import CORPUS
from tests.support.corpus import WRONG_FILES, WrongFile
from tests.support.estate_files import AS_OF, BASE

UNCOVERED_BY_ONE_FILE = {
    "cluster-holds",
    "storage-class-exists",
    "database-host-holds",
    "space-name-fits",
    "lighthouse-first",
}
"""Broken only by two files together: see test_rules.py."""


def test_the_base_estate_has_no_mistake() -> None:
    loaded = load_estate(BASE, as_of=AS_OF)
    assert loaded.problems == ()
    assert loaded.estate is not None


@pytest.mark.parametrize("wrong", WRONG_FILES, ids=[wrong.name for wrong in WRONG_FILES])
def test_a_wrong_file_is_refused_as_its_case_states(wrong: WrongFile, tmp_path: Path) -> None:
    root = tmp_path / "estate"
    wrong.put_into_base(root)
    loaded = load_estate(root, as_of=wrong.as_of)
    found = sorted((p.rule, p.line, p.column) for p in loaded.problems if p.file == wrong.file)
    assert found == list(wrong.places)
    others = [problem for problem in loaded.problems if problem.file != wrong.file and problem.is_error]
    assert bool(others) == wrong.elsewhere
    assert all(problem.message and problem.hint for problem in loaded.problems)


def test_every_case_has_a_name_of_its_own_and_every_whole_file_a_case() -> None:
    names = [wrong.name for wrong in WRONG_FILES]
    assert len(names) == len(set(names))
    assert {path.stem for path in (CORPUS / "whole").iterdir()} <= set(names)


def test_every_rule_has_a_wrong_file() -> None:
    covered = {rule for wrong in WRONG_FILES for rule in wrong.rules}
    assert {rule.id for rule in RULES} - covered == UNCOVERED_BY_ONE_FILE
