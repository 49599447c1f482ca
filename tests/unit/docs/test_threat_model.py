"""The threat model names a test for every row, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.checkout import CHECKOUT

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_PAGE = CHECKOUT / "docs" / "threat-model.md"


def rows() -> list[list[str]]:
    """Return the cells of the table of credentials, without its head."""
    section = _PAGE.read_text(encoding="utf-8").split("## Credentials")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the functions of a file of tests."""
    tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_is_shown_by_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    named = _TEST.findall(row[3])
    assert named
    assert [(file, name) for file, name in named if name not in functions(file)] == []


def test_no_credential_stands_there_twice() -> None:
    names = [row[0] for row in rows()]
    assert len(names) == len(set(names)) > 10
