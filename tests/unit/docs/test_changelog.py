"""The changelog has the form of Keep a Changelog (https://keepachangelog.com/en/1.1.0/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from tests.support.checkout import CHECKOUT

SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
RELEASE = re.compile(r"(?P<version>\d+\.\d+\.\d+) - (?P<day>\d{4}-\d{2}-\d{2})")


def faults(text: str) -> list[str]:
    """Return what is wrong with the form of a changelog, one sentence each."""
    title, *versions = re.split(r"(?m)^## ", text)
    found = [] if title.startswith("# Changelog\n") else ["the title is not # Changelog"]
    names = [version.partition("\n")[0] for version in versions]
    if names[:1] != ["Unreleased"]:
        found.append("the first version is not Unreleased")
    releases = [RELEASE.fullmatch(name) for name in names[1:]]
    found += [f"{n}: not VERSION - DATE" for n, release in zip(names[1:], releases, strict=True) if release is None]
    days = [date.fromisoformat(release["day"]) for release in releases if release is not None]
    if days != sorted(days, reverse=True):
        found.append("the newest version does not come first")
    return [*found, *(fault for version in versions for fault in _faults_of_version(version))]


def _faults_of_version(version: str) -> Iterator[str]:
    name = version.partition("\n")[0]
    before, *sections = re.split(r"(?m)^### ", version)
    headings = [section.partition("\n")[0] for section in sections]
    if before.partition("\n")[2].strip():
        yield f"{name}: text outside of a section"
    yield from (f"{name}: {heading} is no section" for heading in headings if heading not in SECTIONS)
    known = [SECTIONS.index(heading) for heading in headings if heading in SECTIONS]
    if known != sorted(set(known)):
        yield f"{name}: each section once, in the order {', '.join(SECTIONS)}"
    for heading, section in zip(headings, sections, strict=True):
        if not section.partition("\n")[2].strip().startswith("- "):
            yield f"{name}: {heading} is no list"


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    assert faults((CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# Changes\n## Unreleased\n", "the title is not # Changelog"),
        ("# Changelog\n## 1.0.0 - 2026-12-01\n", "the first version is not Unreleased"),
        ("# Changelog\n## Unreleased\n## 1.0\n", "1.0: not VERSION - DATE"),
        (
            "# Changelog\n## Unreleased\n## 1.0.0 - 2026-12-01\n## 1.1.0 - 2026-12-24\n",
            "the newest version does not come first",
        ),
        ("# Changelog\n## Unreleased\n\nFirst version.\n", "Unreleased: text outside of a section"),
        ("# Changelog\n## Unreleased\n### New\n- up\n", "Unreleased: New is no section"),
        (
            "# Changelog\n## Unreleased\n### Fixed\n- up\n### Added\n- drift\n",
            "Unreleased: each section once, in the order Added, Changed, Deprecated, Removed, Fixed, Security",
        ),
        ("# Changelog\n## Unreleased\n### Added\n\n### Fixed\n- up\n", "Unreleased: Added is no list"),
    ],
)
def test_another_form_is_noticed(text: str, fault: str) -> None:
    assert faults(text) == [fault]
