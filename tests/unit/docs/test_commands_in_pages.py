"""What the pages tell people to type is what the command line takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.command_lines import called, calls, find

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
USAGE = CHECKOUT / "docs" / "reference" / "commands.md"
"""Lines of usage stand there, and examples that tests/unit/cli/test_examples.py looks at."""
TYPED = re.compile(r"(?m)^    ((?:\S+=\S+ )*(?:eval \"\$\()?(?:bin/)?kogge (?:.*\\\n)*.*)$")
"""A line of a code block that calls Kogge first; what Kogge printed does not begin that way."""
NAMED = re.compile(r"`(?:bin/)?kogge((?: [a-z]+)+)")
"""The words of a command in running text, up to its first option or name in capitals."""


def lines() -> list[tuple[str, str]]:
    return [
        (page.name, line) for page in PAGES if page != USAGE for line in TYPED.findall(page.read_text(encoding="utf-8"))
    ]


def test_there_are_lines_to_look_at() -> None:
    assert len(lines()) > 30


@pytest.mark.parametrize(("page", "line"), lines())
def test_every_line_to_be_typed_is_one_that_kogge_takes(page: str, line: str) -> None:
    del page
    assert all(called(words) for words in calls(line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_the_text_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [words for words in NAMED.findall(text) if find((words.split()[0],)) is None] == []
