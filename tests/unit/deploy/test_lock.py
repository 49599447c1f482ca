"""One run per stack: a second is told who holds it, and a lock goes with the last process that holds it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from kogge.deploy import lock as module
from kogge.deploy.lock import StackLockedError, stack_lock
from tests.support.checkout import CHECKOUT

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from kogge.deploy.lock import stack_lock
with stack_lock(Path(sys.argv[1]), "moelln") as descriptor:
    child = subprocess.Popen(["sleep", "60"], pass_fds=(descriptor,))
    print(child.pid, flush=True)
    time.sleep(60)
"""


def other_run(directory: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a run that holds the lock with a child that inherits it; return both, the child by its pid."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        # Started in the background, a shell's children ignore the interrupt; Pulumi never does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert run.stdout is not None
    return run, int(run.stdout.readline())


def end(*pids: int) -> None:
    for pid in pids:
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()


def test_the_holder_is_named_with_the_time_since_when(tmp_path: Path) -> None:
    run, child = other_run(tmp_path)
    holder = f"moelln is being changed by another run: process {run.pid}, since 20"
    try:
        with pytest.raises(StackLockedError, match=holder), stack_lock(tmp_path, "moelln"):
            pass
    finally:
        end(run.pid, child)
        run.wait()


def test_other_stacks_are_free(tmp_path: Path) -> None:
    run, child = other_run(tmp_path)
    try:
        with stack_lock(tmp_path, "rostock"):
            pass
    finally:
        end(run.pid, child)
        run.wait()


def test_within_one_process_a_second_thread_is_told_too(tmp_path: Path) -> None:
    with (
        stack_lock(tmp_path, "moelln"),
        pytest.raises(StackLockedError, match=f"process {os.getpid()}"),
        stack_lock(tmp_path, "moelln"),
    ):
        pass


def test_after_the_run_the_lock_is_free_although_its_file_names_a_holder(tmp_path: Path) -> None:
    with stack_lock(tmp_path, "moelln"):
        pass
    assert json.loads((tmp_path / "moelln.lock").read_text(encoding="utf-8"))["pid"] == os.getpid()
    with stack_lock(tmp_path, "moelln"):
        pass


def test_a_child_that_inherits_the_lock_holds_it_and_is_asked_to_end_once_its_run_is_dead(tmp_path: Path) -> None:
    run, child = other_run(tmp_path)
    try:
        run.kill()
        run.wait()
        assert psutil.pid_exists(child)
        began = time.monotonic()
        with stack_lock(tmp_path, "moelln"):
            assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
        assert time.monotonic() - began < 10
    finally:
        end(child)


def test_what_cannot_be_ended_is_named_after_the_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is dead by its record, and who holds the lock is this process, which is never asked to end."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    with stack_lock(tmp_path, "moelln"):
        (tmp_path / "moelln.lock").write_text(json.dumps({"pid": 1, "started": 0}), encoding="utf-8")
        left = r"held by what a killed run left \(process 1\)"
        with pytest.raises(StackLockedError, match=left), stack_lock(tmp_path, "moelln"):
            pass


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"pid": "x", "started": 1}', '{"pid": 999999999, "started": 1}']
)
def test_a_record_that_names_nobody_alive_does_not_hold_a_free_lock(tmp_path: Path, content: str) -> None:
    (tmp_path / "moelln.lock").write_text(content, encoding="utf-8")
    with stack_lock(tmp_path, "moelln"):
        pass


def test_a_pid_that_another_program_has_now_is_not_the_holder() -> None:
    process = psutil.Process()
    assert module._alive({"pid": process.pid, "started": process.create_time()})
    assert not module._alive({"pid": process.pid, "started": process.create_time() - 100})
