"""Root in a directory of somebody else: links, pipes and exchanges are refused and named, and lead nowhere."""

from __future__ import annotations

import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.module_utils.held_directory import HeldDirectory, Refused

RIGHTS = {"mode": 0o600, "uid": os.geteuid(), "gid": os.getegid()}
WRITES = 60


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory that another user could own, and beside it a file that nobody may touch."""
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "victim").chmod(0o640)
    (tmp_path / "theirs").mkdir()
    return tmp_path / "theirs"


@pytest.fixture
def victim(place: Path) -> Iterator[Path]:
    path = place.parent / "victim"
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_text() == "untouched"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_file_is_written_at_once_with_its_rights(place: Path) -> None:
    with HeldDirectory(str(place)) as directory:
        directory.write("new", b"content", **RIGHTS)
        assert directory.read("new") is not None
    assert (place / "new").read_bytes() == b"content"
    assert stat.S_IMODE((place / "new").stat().st_mode) == 0o600
    assert sorted(entry.name for entry in place.iterdir()) == ["new"]


def test_what_is_missing_of_a_path_is_made_only_on_demand(place: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HeldDirectory(str(place / "a" / "b"))
    with HeldDirectory(str(place / "a" / "b"), make=True) as directory:
        directory.write("new", b"", **RIGHTS)
    assert (place / "a" / "b" / "new").exists()


def test_a_link_on_the_way_is_refused_and_named(place: Path) -> None:
    (place / "link").symlink_to("/etc")
    with pytest.raises(Refused, match=r"theirs/link is a link to /etc and no directory"):
        HeldDirectory(str(place / "link" / "ssh"), make=True)


def test_a_link_in_the_place_of_a_file_is_replaced_and_never_followed(place: Path, victim: Path) -> None:
    (place / "conf").symlink_to(victim)
    (place / ".kogge-conf").symlink_to(victim)
    with HeldDirectory(str(place)) as directory:
        with pytest.raises(Refused, match="conf is a link"):
            directory.read("conf")
        with pytest.raises(Refused, match="conf is a link"):
            directory.give("conf", mode=0o666, uid=1, gid=1)
        directory.write("conf", b"ours", **RIGHTS)
    assert not (place / "conf").is_symlink()
    assert (place / "conf").read_bytes() == b"ours"


def test_a_file_with_a_second_name_is_given_to_nobody(place: Path, victim: Path) -> None:
    os.link(victim, place / "key")
    with HeldDirectory(str(place)) as directory, pytest.raises(Refused, match="key has more than one name"):
        directory.give("key", mode=0o666, uid=1, gid=1)
    (place / "key").unlink()


def test_a_pipe_keeps_nobody_waiting(place: Path) -> None:
    os.mkfifo(place / "pipe")
    with HeldDirectory(str(place)) as directory:
        with pytest.raises(Refused, match="pipe is a pipe and no regular file"):
            directory.read("pipe")
        directory.write("pipe", b"ours", **RIGHTS)
    assert (place / "pipe").read_bytes() == b"ours"


def test_a_directory_in_the_place_of_a_file_is_refused_and_stays(place: Path) -> None:
    (place / "conf" / "inner").mkdir(parents=True)
    with HeldDirectory(str(place)) as directory:
        with pytest.raises(OSError, match=r"(?i)directory"):
            directory.write("conf", b"ours", **RIGHTS)
        with pytest.raises(Refused, match="conf is a directory and was not removed"):
            directory.remove("conf")
    assert (place / "conf" / "inner").is_dir()
    assert [entry.name for entry in place.iterdir()] == ["conf"]


def test_removing_takes_a_link_and_not_what_it_leads_to(place: Path, victim: Path) -> None:
    (place / "link").symlink_to(victim)
    with HeldDirectory(str(place)) as directory:
        directory.remove("link")
        directory.remove("never was there")
    assert victim.exists()


def test_a_way_through_somebody_elses_directory_is_told(place: Path) -> None:
    place.chmod(0o777)
    (place / "inner").mkdir(mode=0o755)
    with HeldDirectory(str(place / "inner")) as directory:
        assert not directory.only_roots
    with HeldDirectory("/etc") as directory:
        assert directory.only_roots


def _exchange(place: Path, victim: Path, stop: object) -> None:
    """Put links in the place of the directory and of the files in it, again and again."""
    aside = place.with_name("aside")
    while not stop.is_set():  # type: ignore[attr-defined]  # an event of multiprocessing
        for name in ("conf", ".kogge-conf"):
            fresh = place / f"{name}.link"
            try:
                fresh.symlink_to(victim)
                fresh.rename(place / name)
            except OSError:
                pass
        try:
            place.rename(aside)
            place.symlink_to(victim.parent / "elsewhere")
            place.unlink()
            aside.rename(place)
        except OSError:
            pass


def test_an_exchange_at_any_moment_leads_nowhere(place: Path, victim: Path) -> None:
    (victim.parent / "elsewhere").mkdir()
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    other = context.Process(target=_exchange, args=(place, victim, stop))
    other.start()
    refused = 0
    try:
        for _ in range(WRITES):
            try:
                with HeldDirectory(str(place)) as directory:
                    directory.write("conf", b"ours", **RIGHTS)
                    directory.give("conf", mode=0o600, uid=os.geteuid(), gid=os.getegid())
            except OSError:
                refused += 1
    finally:
        stop.set()
        other.join(20)
    assert list((victim.parent / "elsewhere").iterdir()) == []
    assert refused, "nothing was ever exchanged, so this proves nothing"
