"""What this machine must offer before sandbox hosts can boot on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from sandbox.fault import SandboxError
from sandbox.progress import note, step

PROGRAMS: Final[dict[str, str]] = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
"""Program -> Debian package."""
_INOTIFY: Final = Path("/proc/sys/fs/inotify/max_user_instances")
_INOTIFY_INSTANCES: Final = 1024


def require_machine(*, install: bool) -> None:
    """Raise :class:`SandboxError` unless sandbox hosts can run here; ``install`` fetches missing Debian packages."""
    reason = unfit(sys.platform, os.geteuid())
    if reason is not None:
        raise SandboxError(reason, hint="leave out --hosts: the control plane and everything in Kubernetes work here")
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if not missing:
        return
    if not install or shutil.which("apt-get") is None:
        raise SandboxError(
            f"programs are missing for the sandbox hosts: {', '.join(missing)}",
            hint=f"install these packages ('apt-get install {' '.join(missing)}'), then run the same command again",
        )
    _install(missing)


def ensure_inotify() -> None:
    """Let the kernel watch enough files: each machine's systemd takes some eight of root's inotify instances.

    With Debian's limit of 128 a second sandbox would boot and hang. The setting lasts until the next boot.
    """
    limit = int(_INOTIFY.read_text(encoding="utf-8"))
    if limit < _INOTIFY_INSTANCES:
        _INOTIFY.write_text(str(_INOTIFY_INSTANCES), encoding="utf-8")
        note(f"  fs.inotify.max_user_instances raised from {limit} to {_INOTIFY_INSTANCES} until the next boot")


def unfit(platform: str, uid: int) -> str | None:
    """Return why no machine can boot on ``platform`` for the user ``uid``, or None."""
    if platform != "linux":
        return f"sandbox hosts need Linux (systemd-nspawn); this is {platform}"
    if uid != 0:
        return "sandbox hosts need root: they boot real machines with networks of their own"
    return None


def _install(packages: list[str]) -> None:
    with step("packages for the hosts", " ".join(packages)) as state:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            done = subprocess.run(["apt-get", *words], capture_output=True, text=True, env=environment, timeout=600)
            if done.returncode != 0:
                lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
                raise SandboxError(
                    f"apt-get could not install {', '.join(packages)}: {lines[-1] if lines else 'no word why'}",
                    hint=f"run 'apt-get install {' '.join(packages)}' and see what it says",
                )
        state.outcome = "installed in {seconds}"
