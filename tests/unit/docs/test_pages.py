"""What the documentation says about itself: generated pages are current, links lead somewhere."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT

LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")
ANCHOR = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:)([^)#\s]*)#([^)\s]+)\)")


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(CHECKOUT / name for name in listed.stdout.split("\0") if name)


def test_the_reference_of_the_command_line_is_current() -> None:
    script = runpy.run_path(str(CHECKOUT / "docs" / "generate_reference.py"))
    page: Path = script["PAGE"]
    advice = "run: .kogge/python/bin/python docs/generate_reference.py"
    assert page.read_text(encoding="utf-8") == script["reference"](), advice


def test_there_are_pages_to_look_at() -> None:
    assert CHECKOUT / "README.md" in pages()
    assert len(pages()) > 10


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_between_pages_leads_to_a_file(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def anchors(page: Path) -> set[str]:
    """Return the names under which a page's headings can be linked to."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_into_a_page_leads_to_a_heading(page: Path) -> None:
    targets = ANCHOR.findall(page.read_text(encoding="utf-8"))
    assert [(to, name) for to, name in targets if name not in anchors(page.parent / to if to else page)] == []


@pytest.mark.parametrize(
    "source",
    sorted((CHECKOUT / "kogge").rglob("*.py")),
    ids=lambda source: str(source.relative_to(CHECKOUT)),
)
def test_every_page_that_the_code_names_exists(source: Path) -> None:
    named = re.findall(r"(?<![\w/])docs/(?:how-to|reference|decisions)/[\w-]+\.md", source.read_text(encoding="utf-8"))
    assert [page for page in named if not (CHECKOUT / page).exists()] == []
