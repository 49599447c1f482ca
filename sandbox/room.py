"""Room on the disk, asked for before something fills it half."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from sandbox.fault import SandboxError

NEEDED_BYTES: Final = 512 * 1024 * 1024
"""What a control plane writes in its first days: etcd 64 MB a log segment, audit log 80 MB, component logs."""


def require_room(place: Path, needed: int = NEEDED_BYTES) -> None:
    """Raise :class:`~sandbox.fault.SandboxError` unless ``place`` has ``needed`` bytes to spare."""
    free = shutil.disk_usage(place).free
    if free < needed:
        raise SandboxError(
            f"only {free // 1024**2} MB are free under {place}, the sandbox needs {needed // 1024**2} MB",
            hint="free some room, or choose another place with KOGGE_SANDBOX, then run the same command again",
        )
