"""Private places in memory: for one run, gone afterwards; and for a shell, gone after twelve hours.

What lies here is on no disk and in no backup. A place is a directory of this user alone (0700) in a file system that
lives in memory; its name says whose it is, and a lock, which goes with its processes, says whether they still run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.errors import KoggeError

LIFETIME_SECONDS: Final = 12 * 3600
"""How long a place for a shell lasts."""

_SHARED: Final = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it, mode 0700)
_IN_MEMORY: Final = frozenset({0x01021994, 0x858458F6})
"""f_type of tmpfs and ramfs: statfs(2)."""
_OF_RUN: Final = re.compile(r"^kogge-(?P<pid>[0-9]+)-(?:(?P<started>[0-9]+)-)?[0-9a-z_]+$")
"""Process, when it started in clock ticks since boot, chance; versions before left the second out."""
_OF_SHELL: Final = re.compile(r"^kogge-env-(?P<until>[0-9]+)-[0-9a-f]+$")
"""The second after which it is gone, chance."""
_TIMER: Final = 'end=$2; while [ -d "$1" ] && [ "$(date +%s)" -lt "$end" ]; do sleep "$3"; done; rm -rf -- "$1"'


class NoMemoryError(KoggeError):
    """The machine has no place in memory for what must not reach a disk."""


@dataclass(frozen=True, slots=True)
class Private:
    """A private directory for as long as a block runs."""

    path: Path
    lock: int
    """Its lock's descriptor: the directory is left alone as long as any process that inherited it runs."""


@contextlib.contextmanager
def private_directory() -> Iterator[Private]:
    """Give a directory in memory that nobody else can read, for as long as the block runs.

    A path is short, for sockets in it have at most 107 bytes.

    :raises NoMemoryError: the machine has no file system in memory for this user.
    """
    base = _first((_SHARED, _of_session()))
    name = f"kogge-{os.getpid()}-{_started(os.getpid())}-{secrets.token_hex(3)}"
    directory = base / name
    directory.mkdir(mode=0o700)
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Private(directory, lock)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def shell_directory(lifetime: int = LIFETIME_SECONDS) -> Path:
    """Make a directory in memory that outlives this command, and goes after ``lifetime`` seconds.

    A process of its own removes it then; where that was ended, the next command of Kogge.

    :raises NoMemoryError: the machine has no file system in memory for this user.
    """
    until = int(time.time()) + lifetime
    directory = _first((_of_session(), _SHARED)) / f"kogge-env-{until}-{secrets.token_hex(4)}"
    directory.mkdir(mode=0o700)
    pause = str(min(60, max(1, lifetime)))
    subprocess.Popen(
        ["/bin/sh", "-c", _TIMER, "kogge-env", str(directory), str(until), pause],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    return directory


def forget_shells() -> int:
    """Remove every place of this user's shells at once, and return how many there were."""
    found = [place for place, name in _ours() if _OF_SHELL.match(name)]
    for place in found:
        shutil.rmtree(place, ignore_errors=True)
    return len(found)


def sweep() -> None:
    """Remove what killed runs left and what is past its time; what belongs to others stays."""
    for place, name in _ours():
        shell, run = _OF_SHELL.match(name), _OF_RUN.match(name)
        past = shell is not None and int(shell["until"]) <= time.time()
        if past or (run is not None and not _runs(run["pid"], run["started"]) and _is_free(place)):
            shutil.rmtree(place, ignore_errors=True)


def _ours() -> Iterator[tuple[Path, str]]:
    """Yield directories that this user made; whoever else put something there cannot stop a run with it."""
    for base in {base for base in (_SHARED, _of_session()) if base is not None}:
        try:
            names = [name for name in os.listdir(base) if name.startswith("kogge-")]  # noqa: PTH208 (names alone)
        except OSError:
            continue
        for name in names:
            with contextlib.suppress(OSError):
                found = os.lstat(base / name)
                if found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode):
                    yield base / name, name


def _is_free(directory: Path) -> bool:
    """Tell whether no process holds the lock of a directory any more; a child may outlive the run that made it."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _runs(pid: str, started: str | None) -> bool:
    """Tell whether the process of that number is the one that made a directory; a number is given out again."""
    found = _started(int(pid))
    return found is not None and (started is None or found == int(started))


def _started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None where there is none of that number: proc(5)."""
    try:
        # The second field is a name in parentheses, in which anything can stand.
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError, OverflowError):
        return None


def _of_session() -> Path | None:
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    # The XDG base directory specification has relative values ignored.
    return Path(named) if named.startswith("/") else None


def _first(bases: tuple[Path | None, ...]) -> Path:
    """Return the first of the places that can hold what must stay in memory."""
    tried = []
    for base in bases:
        why = "XDG_RUNTIME_DIR is not set" if base is None else _unfit(base)
        if base is not None and why is None:
            return base
        tried.append(why if base is None else f"{base} {why}")
    raise NoMemoryError(
        f"no place in memory for what must not reach a disk: {'; '.join(map(str, tried))}",
        hint="mount a tmpfs and name it in XDG_RUNTIME_DIR, a directory of your own with mode 0700",
    )


def _unfit(base: Path) -> str | None:
    """Say why nothing private can be put in a directory, or None."""
    try:
        found = base.stat()
        kind = _file_system(base)
    except OSError as error:
        return f"cannot be used: {error.strerror}"
    if kind not in _IN_MEMORY:
        return "is no file system in memory"
    if not os.access(base, os.W_OK | os.X_OK):
        return "cannot be written"
    if found.st_uid != os.geteuid() and not (found.st_uid == 0 and found.st_mode & stat.S_ISVTX):
        return "belongs to somebody else"
    if found.st_uid == os.geteuid() and found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX:
        return "can be written by others"
    return None


def _file_system(path: Path) -> int:
    """Return ``f_type`` of the file system that holds a path; statfs(2), which Python does not have."""
    # A command without secrets need not pay for its import.
    import ctypes

    answer = (ctypes.c_long * 32)()
    libc = ctypes.CDLL(None, use_errno=True)
    statfs = getattr(libc, "statfs64", None) or libc.statfs
    if statfs(os.fsencode(path), answer) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))
    # The first word on Linux; elsewhere it is something else, and no place is found.
    return int(answer[0]) & 0xFFFFFFFF
