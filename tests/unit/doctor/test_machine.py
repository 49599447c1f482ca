"""What the doctor says of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.doctor import Check, Section, as_text
from kogge.doctor.machine import kernel, packages, root
from kogge.doctor.programs import read_toolset


@pytest.mark.parametrize(
    ("system", "release", "ok"),
    [
        ("Linux", "6.1.0-18-amd64", True),
        ("Linux", "4.15.0", True),
        ("Linux", "4.14.336", False),
        ("Linux", "3.10.0-1160.el7", False),
        ("Linux", "unknown", False),
        ("Darwin", "24.1.0", False),
    ],
)
def test_an_old_kernel_is_a_note_with_a_next_step(system: str, release: str, ok: bool) -> None:
    check = kernel(system, release)
    assert (check.ok, check.optional) == (ok, True)
    assert bool(check.next_step) is not ok


def test_without_root_only_the_sandboxs_hosts_are_missing() -> None:
    assert root(0).ok
    check = root(1000)
    assert (check.ok, check.optional) == (False, True)
    assert "hosts" in check.next_step


def test_packages_of_another_lock_are_stale(tmp_path: Path) -> None:
    checkout, prefix = tmp_path / "checkout", tmp_path / "environment"
    for directory in (checkout, prefix):
        directory.mkdir()
    (checkout / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    assert not packages(checkout, prefix).ok
    (prefix / "requirements.lock").write_text("a==2\n", encoding="utf-8")
    assert not packages(checkout, prefix).ok
    (prefix / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    assert packages(checkout, prefix).ok


@pytest.mark.parametrize("text", [None, "", "{", '{"pins": 3, "tools": [{"program": "etcd", "path": "/nowhere"}]}'])
def test_a_damaged_or_missing_toolset_is_empty(tmp_path: Path, text: str | None) -> None:
    (tmp_path / ".kogge" / "toolset").mkdir(parents=True)
    if text is not None:
        (tmp_path / ".kogge" / "toolset" / "toolset.json").write_text(text, encoding="utf-8")
    found = read_toolset(tmp_path)
    assert (found.pins, found.versions, found.origins) == ("", {}, {})


def test_a_bad_check_is_shown_with_what_was_expected_and_the_next_step() -> None:
    good = Check(Section.PYTHON, "python", True, "3.13.1", ">= 3.11", "")
    bad = Check(Section.PROGRAMS, "ssh", False, "missing", "on PATH", "install OpenSSH")
    text = as_text([good, bad])
    assert text.splitlines() == [
        "python",
        "  ok      python  3.13.1",
        "",
        "programs",
        "  MISSING ssh     missing",
        "          expected: on PATH",
        "          next: install OpenSSH",
    ]
