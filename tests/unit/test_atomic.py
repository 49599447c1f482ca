"""A file is written at once or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kogge.atomic import write_atomically


def test_a_file_has_its_content_and_mode_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "a" / "b", "größer", mode=0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "b").read_bytes() == "größer".encode()
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_by_default_only_its_owner_reads_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_who_has_the_old_file_open_reads_it_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomically(path, "old")
    with path.open(encoding="utf-8") as opened:
        write_atomically(path, "new and longer")
        assert opened.read() == "old"
    assert path.read_text(encoding="utf-8") == "new and longer"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "kept").touch()
    with pytest.raises(OSError, match="directory"):
        write_atomically(path, "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert (path / "kept").exists()
