"""The private directory of one run: mode 0700, in memory where there is a tmpfs, gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it, mode 0700)
_NAME: Final = re.compile(r"^kogge-(?P<pid>[0-9]+)-[0-9a-z_]+$")


@contextmanager
def private_directory() -> Iterator[Path]:
    """Give a directory that nobody else can read, for as long as the block runs.

    What a killed run left is removed first; a path is short, for sockets in it have at most 107 bytes.
    """
    base = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(base)
    directory = Path(tempfile.mkdtemp(prefix=f"kogge-{os.getpid()}-", dir=base))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _sweep(base: Path) -> None:
    for entry in base.iterdir():
        left = _NAME.match(entry.name)
        if left and not psutil.pid_exists(int(left["pid"])) and entry.stat().st_uid == os.geteuid():
            shutil.rmtree(entry, ignore_errors=True)
