"""Private directories of runs."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from kogge.hostrun import private


def test_a_directory_is_its_owners_alone_and_gone_afterwards() -> None:
    with private.private_directory() as directory:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        (directory / "secret").write_text("x", encoding="utf-8")
        # A socket of a shared ssh connection lies in it; its path may have 107 bytes.
        assert len(f"{directory}/cp/" + "x" * 57) <= 107
    assert not directory.exists()


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "_MEMORY", tmp_path)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = tmp_path / f"kogge-{ended.pid}-abc_1"
    left.mkdir()
    other = tmp_path / "kogge-of-somebody-else"
    other.mkdir()
    with private.private_directory() as directory:
        assert directory.parent == tmp_path
        assert not left.exists()
        assert other.exists()
