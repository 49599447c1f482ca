"""One lock per stack on this machine: who holds it, and that it goes with its holder.

The lock is an flock(2) whose descriptor every Pulumi process of the run inherits, so it is free only when the last
of them is gone; no file has to be removed by a person. When the run itself was killed, the next one asks what it left
to end, for without the program it served it never would. Between machines Pulumi's own lock in the backend decides.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from kogge.errors import KoggeError

PATIENCE_SECONDS = 15.0
"""How long children of a killed run may take to save their state and end, before they are ended."""


class StackLockedError(KoggeError):
    """Another run holds the stack."""


@contextlib.contextmanager
def stack_lock(directory: Path, stack: str) -> Iterator[int]:
    """Hold the lock of a stack; yields the descriptor that child processes inherit.

    :raises StackLockedError: another run holds it; the message says who and since when.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / f"{stack}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, stack)
        holder = {"pid": os.getpid(), "started": psutil.Process().create_time(), "since": datetime.now(UTC).isoformat()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, stack: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked: set[int] = set()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            if _alive(holder):
                raise _locked(stack, holder) from None
            late = time.monotonic() - deadline
            if late > PATIENCE_SECONDS:
                raise _locked(stack, holder) from None
            _end_orphans(path, signal.SIGKILL if late > 0 else signal.SIGINT, asked)
            time.sleep(0.1)
        else:
            return


def _end_orphans(path: Path, number: int, asked: set[int]) -> None:
    """Send the signal once to every other process that holds the lock; a run that waits has the file open, too."""
    wanted = path.resolve()
    for process in psutil.process_iter():
        mark = process.pid if number == signal.SIGINT else -process.pid
        if process.pid == os.getpid() or mark in asked:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if any(_holds(process, file.fd) for file in process.open_files() if Path(file.path) == wanted):
                asked.add(mark)
                process.send_signal(number)


def _holds(process: psutil.Process, descriptor: int) -> bool:
    """Tell whether a process's descriptor is the one that was locked: proc(5) lists the lock with it."""
    try:
        return "FLOCK" in Path(f"/proc/{process.pid}/fdinfo/{descriptor}").read_text(encoding="ascii")
    except FileNotFoundError:
        # Not Linux: by its name, then.
        return process.name().startswith("pulumi")


def _holder(descriptor: int) -> dict[str, object]:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _alive(holder: dict[str, object]) -> bool:
    try:
        return psutil.Process(int(str(holder["pid"]))).create_time() == holder["started"]
    except (KeyError, ValueError, psutil.Error):
        return False


def _locked(stack: str, holder: dict[str, object]) -> StackLockedError:
    if _alive(holder):
        return StackLockedError(
            f"{stack} is being changed by another run: process {holder['pid']}, since {holder.get('since', '?')}",
            hint="wait for it to end, then run the command again",
        )
    return StackLockedError(
        f"{stack} is held by what a killed run left (process {holder.get('pid', '?')}) and could not be ended",
        hint="`ps -ef | grep pulumi` shows it; end it as the user who owns it",
    )
