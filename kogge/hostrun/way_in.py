"""The program through which ssh connects to hosts that this machine does not reach by itself.

Nothing in the data root names it: it is the machine's, where its administrator or the sandbox left it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from kogge.errors import KoggeError

MACHINE: Final = Path("/etc/kogge/connect")
"""For every host and data root of this machine."""
RUNTIME: Final = Path("/run/kogge/connect")
"""Directory of programs that go with one directory of ssh keys, until the next boot."""


def runtime_program(identity_file: Path, runtime: Path = RUNTIME) -> Path:
    """Return where the program lies that goes with a private key; several sandboxes on a machine do not meet."""
    keys = str(identity_file.parent.resolve())
    return runtime / hashlib.sha256(keys.encode()).hexdigest()[:16]


def connect_program(identity_file: Path, *, machine: Path = MACHINE, runtime: Path = RUNTIME) -> Path | None:
    """Return the program for hosts that are entered with ``identity_file``; None: ssh connects by itself.

    It is called with address and port, and hands ssh a connected socket (``ProxyUseFdpass``).

    :raises KoggeError: somebody else could have put it there.
    """
    for program in (runtime_program(identity_file, runtime), machine):
        if os.path.lexists(program):
            for path in (program.parent.parent, program.parent, program):
                _require_own(path, program)
            return program
    return None


def _require_own(path: Path, program: Path) -> None:
    """Refuse what is a link, belongs to another user than root and ourselves, or can be written by others."""
    found = path.lstat()
    kind = stat.S_ISREG(found.st_mode) if path == program else stat.S_ISDIR(found.st_mode)
    if not kind or found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise KoggeError(
            f"ssh would connect through {program}, and {path} is not root's alone to write",
            hint=f"look at who made it; then chown root {path}, chmod go-w {path}, or remove it",
        )
