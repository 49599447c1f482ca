"""The lock under which keys come to be or are signed: two runs that make one key would mix their digests."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kogge.keyring.master import KeyringError

PATIENCE_SECONDS: Final = 10.0
"""Making a key takes milliseconds; anybody who may read the directory could hold its lock for good."""


@contextlib.contextmanager
def making(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory of keys, which is made if it is missing; it goes with the process.

    :raises KeyringError: somebody else holds it all the time.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _acquire(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, directory: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise KeyringError(
                    f"another process holds {directory} locked", hint=f"`fuser -v {directory}` shows it"
                ) from error
            time.sleep(0.05)
        else:
            return
