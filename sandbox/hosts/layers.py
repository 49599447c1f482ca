"""Layers over the base image: what hosts of a role have installed before Kogge sees them.

Real hosts come from an image, too, and six machines that unpack the same packages at once take a minute of two cores.
A layer holds packages alone: nothing that a role decides, no cluster of PostgreSQL, no key. A machine that is asked for
bare boots from the base image, so that what the roles install is tried as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.desired.hosts.baseline import PACKAGES as BASELINE_PACKAGES
from kogge.estate.models.platform import HostRole
from sandbox.fault import SandboxError, disk_error
from sandbox.hosts.image import ensure_image, sweep
from sandbox.lock import exclusive
from sandbox.progress import step

DATABASE_LIBRARIES: Final = (
    "libjson-perl",
    "libldap-2.5-0",
    "libllvm14",
    "libxslt1.1",
    "locales",
    "netbase",
    "postgresql-client-15",
    "python3-psycopg2",
)
"""What PostgreSQL needs, without its server: that one makes a cluster and a key when it is installed."""

# Everything is mounted in a namespace of the script's own, so nothing stays mounted however it ends. Packages start no
# program here (policy-rc.d): the machines do.
_INSTALL: Final = """
mount -t overlay layer -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
mount --rbind /dev "$2/root/dev"
mount -t proc proc "$2/root/proc"
printf '#!/bin/sh\\nexit 101\\n' > "$2/root/usr/sbin/policy-rc.d"
chmod 0755 "$2/root/usr/sbin/policy-rc.d"
root=$2/root; shift 2
chroot "$root" apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@"
rm "$root/usr/sbin/policy-rc.d"
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """Packages of one role; a layer lies on those before it."""

    name: str
    packages: tuple[str, ...]


_BASELINE: Final = Layer("baseline", BASELINE_PACKAGES)
_DATABASE: Final = Layer("database", DATABASE_LIBRARIES)


def layers_for(roles: Iterable[HostRole]) -> tuple[Layer, ...]:
    """Return the layers of a host with ``roles``, the lowest first."""
    wanted = set(roles)
    layers = [_BASELINE] if HostRole.BASELINE in wanted else []
    return (*layers, *([_DATABASE] if HostRole.DATABASE in wanted else []))


def ensure_layers(roles: Iterable[HostRole]) -> tuple[Path, ...]:
    """Return the directories a host with ``roles`` is made of, the topmost first, making those that are not there.

    Raises :class:`SandboxError` when packages cannot be installed or the disk is full. A killed build is never used.
    """
    return lay(ensure_image(), layers_for(roles))


def lay(base: Path, layers: Iterable[Layer]) -> tuple[Path, ...]:
    """Return ``layers`` over ``base``, the topmost first; those that are not there are made beside ``base``.

    Raises as :func:`ensure_layers` does.
    """
    below: tuple[Path, ...] = (base,)
    for layer in layers:
        below = (_ensure(layer, below), *below)
    return below


def kernel_words(made_of: tuple[Path, ...]) -> tuple[str, ...]:
    """Return what is said on the kernel's command line of a machine that is ``made_of`` these directories.

    A container has no audit of its own. Newer releases have auditd start outside of containers alone; that of Debian 12
    fails in one five times within a second, and the machine is ``degraded`` unless it was asked before. So a machine
    that has auditd from its layers boots without audit; where a role installs it, that role sees to it.
    """
    return ("audit=off",) if len(made_of) > 1 else ()


def _ensure(layer: Layer, below: tuple[Path, ...]) -> Path:
    recipe = json.dumps([[path.name for path in below], layer.packages, _INSTALL])
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    place = below[0].with_name(f"{layer.name}-{digest}")
    if place.is_dir():
        return place
    try:
        with exclusive(place.parent / "image.lock", f"making the layer {layer.name} of the hosts", wait_seconds=-1):
            sweep(place.parent)
            if not place.is_dir():
                _build(layer, below, place)
    except OSError as error:
        raise disk_error(error, place.parent) from error
    return place


def _build(layer: Layer, below: tuple[Path, ...], place: Path) -> None:
    building = place.with_name(f"{place.name}.building-{os.getpid()}")
    for name in ("upper", "work", "root"):
        (building / name).mkdir(parents=True)
    log = place.with_name(f"{place.name}.log")
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", _INSTALL, "sh"]
    words += [":".join(map(str, below)), str(building), *layer.packages]
    with step(f"packages of the role {layer.name}", "installing") as state:
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(
                words,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            )
        if done.returncode != 0:
            shutil.rmtree(building, ignore_errors=True)
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise SandboxError(
                f"the packages of the role {layer.name} could not be installed: {''.join(last) or 'no word why'}",
                hint=f"read {log}, then run the same command again",
            )
        (building / "upper").rename(place)
        shutil.rmtree(building)
        state.outcome = "installed in {seconds}"
