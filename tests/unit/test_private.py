"""Private places in memory: one user's alone, gone after the run that made them, however it ended."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kogge import private
from kogge.private import NoMemoryError, forget_shells, private_directory, shell_directory, sweep
from tests.support.checkout import CHECKOUT

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
HOLDS = """
import os, subprocess, sys, time
from kogge.private import private_directory
with private_directory() as private:
    (private.path / "secret").write_text("x", encoding="utf-8")
    child = subprocess.Popen(["sleep", "60"], pass_fds=[private.lock] if len(sys.argv) > 1 else [])
    print(private.path, child.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place in memory that no other run uses."""
    base = Path("/dev/shm") / f"test-{secrets.token_hex(4)}"  # noqa: S108
    base.mkdir(mode=0o700)
    monkeypatch.setattr(private, "_SHARED", base)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    yield base
    shutil.rmtree(base)


def start(*words: str) -> tuple[subprocess.Popen[str], Path, int]:
    """Start a run of its own that holds a private directory; returns it, the directory and its child."""
    options = {"env": {**os.environ, "PYTHONPATH": str(CHECKOUT)}, "stdout": subprocess.PIPE, "text": True}
    run: subprocess.Popen[str] = subprocess.Popen([sys.executable, "-c", HOLDS, *words], **options)  # type: ignore[call-overload]
    assert run.stdout is not None
    path, child = run.stdout.readline().split()
    return run, Path(path), int(child)


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_a_directory_is_its_owners_alone_in_memory_and_gone_afterwards() -> None:
    with private_directory() as found:
        directory = found.path
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        kind = subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True, check=True)
        assert kind.stdout.strip() in {"tmpfs", "ramfs"}
        assert directory.name.startswith(f"kogge-{os.getpid()}-")
        (directory / "secret").write_text("x", encoding="utf-8")
        # A socket of a shared ssh connection lies in it; its path may have 107 bytes.
        longest = str(directory).replace(str(os.getpid()), "1234567")
        assert len(f"{longest}/cp/" + "x" * 57) <= 107
        sweep()
        assert (directory / "secret").exists()
    assert not directory.exists()


def test_a_run_that_was_killed_leaves_a_directory_to_the_next_command_and_a_running_one_keeps_its_own() -> None:
    run, directory, child = start()
    try:
        sweep()
        assert (directory / "secret").exists()
        run.kill()
        run.wait()
        assert (directory / "secret").exists()
        sweep()
        assert not directory.exists()
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_child_that_uses_the_directory_keeps_it_after_its_run_was_killed() -> None:
    run, directory, child = start("with-lock")
    run.kill()
    run.wait()
    sweep()
    assert (directory / "secret").exists()
    os.kill(child, signal.SIGKILL)

    def gone() -> bool:
        sweep()
        return not directory.exists()

    assert eventually(gone)


def test_a_number_that_another_process_has_by_now_keeps_nothing(memory: Path) -> None:
    reused = memory / f"kogge-{os.getpid()}-1-abcdef"
    reused.mkdir()
    of_before, alive = memory / "kogge-4194304-abc_1234", memory / f"kogge-{os.getpid()}-abc_1234"
    for directory in (of_before, alive):
        directory.mkdir()
    sweep()
    assert [path.name for path in memory.iterdir()] == [alive.name]


def test_names_of_other_things_stay(memory: Path) -> None:
    names = (
        "kogge-of-somebody",
        "kogge-",
        "kogge-1",
        "kogge-env-x-1",
        "other-4194304-1-a",
        "kogge-99999999999999999999-1-é",
    )
    for name in names:
        (memory / name).mkdir()
    (memory / "kogge-4194304-1-file").write_text("", encoding="ascii")
    (memory / "kogge-4194304-1-link").symlink_to(memory / "kogge-of-somebody")
    os.mkfifo(memory / "kogge-4194304-1-pipe")
    sweep()
    assert len(list(memory.iterdir())) == len(names) + 3


@AS_ROOT
def test_what_another_user_put_there_neither_goes_nor_stops_a_run(memory: Path) -> None:
    memory.chmod(0o1777)
    theirs = [memory / f"kogge-4194304-1-{index}" for index in range(3)]
    theirs[0].mkdir(mode=0o700)
    theirs[1].write_text("x", encoding="ascii")
    theirs[2].symlink_to("/nowhere")
    for path in theirs:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    with private_directory() as found:
        sweep()
        assert found.path.parent == memory
    assert sorted(path.name for path in memory.iterdir()) == [path.name for path in theirs]


def test_entries_that_come_and_go_do_not_stop_a_sweep(memory: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            path = memory / "kogge-4194304-1-gone"
            path.mkdir(exist_ok=True)
            shutil.rmtree(path, ignore_errors=True)

    other = threading.Thread(target=churn)
    other.start()
    try:
        for _ in range(300):
            sweep()
    finally:
        stop.set()
        other.join()


def test_a_place_for_a_shell_outlives_its_command_and_goes_by_itself(memory: Path) -> None:
    directory = shell_directory(lifetime=1)
    assert directory.parent == memory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    (directory / "moelln").write_text("x", encoding="ascii")
    assert eventually(lambda: not directory.exists())


def test_a_place_past_its_time_goes_with_the_next_command_where_its_timer_was_ended(memory: Path) -> None:
    directory = shell_directory(lifetime=2)
    for process in psutil.process_iter(["cmdline"]):
        if str(directory) in (process.info["cmdline"] or []):
            process.kill()
    sweep()
    assert directory.exists()
    time.sleep(2.1)
    assert directory.exists()
    sweep()
    assert not directory.exists()


def test_every_place_of_a_shell_is_forgotten_at_once_and_its_timer_ends(memory: Path) -> None:
    made = [shell_directory(lifetime=4) for _ in range(2)]
    with private_directory() as found:
        assert forget_shells() == 2
        assert found.path.exists()
    assert not any(path.exists() for path in made)

    def timers() -> list[int]:
        every = psutil.process_iter(["cmdline"])
        return [p.pid for p in every if {str(path) for path in made} & set(p.info["cmdline"] or [])]

    assert eventually(lambda: not timers())


def test_a_machine_without_memory_for_it_is_refused_with_every_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True)
    if kind.stdout.strip() in {"tmpfs", "ramfs"}:
        pytest.skip("the temporary directory of this machine lies in memory")
    monkeypatch.setattr(private, "_SHARED", tmp_path)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    for make in (shell_directory, lambda: private_directory().__enter__()):
        with pytest.raises(NoMemoryError, match="is no file system in memory") as refused:
            make()
        assert "XDG_RUNTIME_DIR is not set" in refused.value.message
        assert "mount a tmpfs" in str(refused.value.hint)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    with pytest.raises(NoMemoryError, match="cannot be used: No such file or directory"):
        shell_directory()


def test_a_place_that_others_could_swap_is_not_used(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.chmod(0o777)
    with pytest.raises(NoMemoryError, match="can be written by others"), private_directory():
        pass
    monkeypatch.setenv("XDG_RUNTIME_DIR", "relative")
    with pytest.raises(NoMemoryError, match="XDG_RUNTIME_DIR is not set"), private_directory():
        pass
