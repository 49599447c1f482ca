"""Where the controller manager makes volumes: a directory that all sandboxes of this computer share.

Kubernetes has its path fixed in the program (``enable-hostpath-provisioner``), and makes it for one user alone: the
claims of another user's sandbox would wait for ever.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from sandbox.fault import SandboxError

VOLUMES: Final = Path("/tmp/hostpath_pv")  # noqa: S108 (not ours to choose)
_SHARED: Final = 0o1777
"""As /tmp itself: everybody makes volumes, nobody removes those of others."""


def ensure_shared(directory: Path = VOLUMES) -> None:
    """Make the directory, and open it to every user of this computer.

    Raises :class:`SandboxError` where another user has it for himself.
    """
    directory.mkdir(exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise SandboxError(f"{directory} is no directory", hint=f"remove it ('rm {directory}'), then run it again")
    if stat.S_IMODE(found.st_mode) != _SHARED and os.geteuid() in (0, found.st_uid):
        directory.chmod(_SHARED)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise SandboxError(
            f"{directory} belongs to another user alone, and Kubernetes puts the volumes of every sandbox there",
            hint=f"have its owner or root run 'chmod 1777 {directory}', then run the same command again",
        )
