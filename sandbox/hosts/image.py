"""The base image: a minimal Debian 12 with the packages of every role downloaded, not installed.

Kept in the user's cache under the digest of its recipe, so that all sandboxes share it. The machines have no network:
what a role installs comes out of the package cache inside the image.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import psutil

from kogge.toolpath import cache_root
from sandbox.fault import SandboxError, disk_error, fetch_error
from sandbox.lock import exclusive
from sandbox.progress import step

SUITE: Final = "bookworm"
ACCOUNT: Final = "kogge"
"""The account of a fresh host that Ansible uses: what an installer or cloud-init would make."""

INSTALLED: Final = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "python3",
    "python3-apt",
    "iproute2",
    "procps",
    "ca-certificates",
    "sudo",
)
DOWNLOADED: Final = (
    "nftables",
    "auditd",
    "unattended-upgrades",
    "systemd-timesyncd",
    "postgresql",
    "postgresql-client",
    "python3-psycopg2",
    "nginx-light",
    "wireguard-tools",
    "wireguard-go",
    "restic",
)
HOOKS: Final = (
    f'chroot "$1" apt-get install -y -q -d --no-install-recommends {" ".join(DOWNLOADED)}',
    # Host keys belong to one host: each machine makes its own.
    'rm -f "$1"/etc/ssh/ssh_host_*',
    f'chroot "$1" useradd --create-home --shell /bin/bash {ACCOUNT}',
    f'echo "{ACCOUNT} ALL=(ALL) NOPASSWD: ALL" > "$1"/etc/sudoers.d/{ACCOUNT}',
    f'chmod 0440 "$1"/etc/sudoers.d/{ACCOUNT}',
    'chroot "$1" systemctl mask systemd-firstboot.service console-getty.service',
    # A machine of the sandbox is thrown away, not mended: its packages need not reach the disk one by one.
    'echo force-unsafe-io > "$1"/etc/dpkg/dpkg.cfg.d/sandbox',
)
_BUILDING: Final = re.compile(r"\.building-(?P<pid>[0-9]+)$")


def recipe_digest() -> str:
    """Return the key of the image in the cache."""
    recipe = json.dumps([SUITE, INSTALLED, DOWNLOADED, HOOKS])
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def image_path() -> Path:
    """Return where the image of the current recipe lies once it is made."""
    return cache_root() / "hosts" / recipe_digest()


def ensure_image() -> Path:
    """Return the base image, making it when it is not there; about half a minute and 500 MB.

    Raises :class:`SandboxError` when packages cannot be fetched or the disk is full. A killed build is never used.
    """
    image = image_path()
    if image.is_dir():
        return image
    try:
        image.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(image.parent / "image.lock", "making the base image of the hosts", wait_seconds=-1):
            sweep(image.parent)
            if not image.is_dir():
                _build(image)
    except OSError as error:
        raise disk_error(error, image.parent) from error
    return image


def _build(image: Path) -> None:
    building = image.with_name(f"{image.name}.building-{os.getpid()}")
    log = image.with_name(f"{image.name}.log")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--skip=cleanup/apt/lists,cleanup/apt/cache"]
    command += [f"--include={','.join(INSTALLED)}", *(f"--customize-hook={hook}" for hook in HOOKS)]
    with step(f"base image Debian {SUITE}", "fetching packages") as state:
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(
                [*command, SUITE, str(building)], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        if done.returncode != 0:
            shutil.rmtree(building, ignore_errors=True)
            raise fetch_error("the base image of the hosts", log.read_text(encoding="utf-8", errors="replace"), log)
        building.rename(image)
        state.outcome = "made in {seconds}"


def sweep(directory: Path) -> None:
    """Remove what killed builds left; the caller holds the lock of ``directory``."""
    for entry in directory.iterdir():
        left = _BUILDING.search(entry.name)
        if left and not psutil.pid_exists(int(left["pid"])):
            shutil.rmtree(entry, ignore_errors=True)


def require_free_space(directory: Path, needed: int) -> None:
    """Raise :class:`SandboxError` unless ``needed`` bytes are free where ``directory`` lies."""
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise SandboxError(
            f"{existing} has {free // 2**20} MB free, the hosts need {needed // 2**20} MB",
            hint="free some room, or choose another place (XDG_CACHE_HOME, KOGGE_SANDBOX)",
        )
