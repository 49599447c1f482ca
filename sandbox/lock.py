"""One run at a time: a file lock that says who holds it.

The kernel drops the lock when its holder dies, however it dies; the note beside it is only for
the message.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from kogge.errors import KoggeError


class LockHeld(KoggeError):  # noqa: N818 - reads as what happened
    """Another process holds the lock."""


@contextmanager
def exclusive(path: Path, purpose: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock at ``path`` while the block runs; ``purpose`` is what others are told that we do.

    Raises :class:`LockHeld` when another process still has it after ``wait_seconds`` (-1: wait as long as it takes).
    """
    note = path.with_name(f"{path.name}.holder")
    lock = filelock.FileLock(path, timeout=wait_seconds)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise LockHeld(
            f"{_holder(note)} holds {path}", hint="wait until it has finished, then run the same command again"
        ) from error
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}), encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        held = json.loads(note.read_text(encoding="utf-8"))
        return f"pid {held['pid']} ({held['purpose']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
