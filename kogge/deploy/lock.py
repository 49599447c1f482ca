"""One lock per stack on this machine: who holds it, and that it goes with its holder.

The lock is an flock(2) whose descriptor every Pulumi process of the run inherits, so it is free only when the last
of them is gone; no file has to be removed by a person. Between machines Pulumi's own lock in the backend decides.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from kogge.errors import KoggeError

ORPHAN_PATIENCE_SECONDS = 30.0
"""How long children of a killed run are waited for: without their parent they end by themselves."""


class StackLockedError(KoggeError):
    """Another run holds the stack."""


@contextlib.contextmanager
def stack_lock(directory: Path, stack: str) -> Iterator[int]:
    """Hold the lock of a stack; yields the descriptor that child processes inherit.

    :raises StackLockedError: another run holds it; the message says who and since when.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory / f"{stack}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, stack)
        holder = {"pid": os.getpid(), "started": psutil.Process().create_time(), "since": datetime.now(UTC).isoformat()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, stack: str) -> None:
    deadline = time.monotonic() + ORPHAN_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            if _alive(holder) or time.monotonic() > deadline:
                raise _locked(stack, holder) from None
            time.sleep(0.1)
        else:
            return


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
        f"{stack} is still held by children of a run that was killed (process {holder.get('pid', '?')})",
        hint="wait until they have ended; `ps -ef | grep pulumi` shows them",
    )
