"""This machine: Python, its locked packages, the kernel."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from pathlib import Path

from kogge.doctor.check import Check, Section

MINIMUM_PYTHON = (3, 11)
MINIMUM_KERNEL = (4, 15)
"""systemd 252 (Debian 12) asks for it in its README: the sandbox's hosts run it."""
HOST_PROGRAMS = ("systemd-nspawn", "mmdebstrap", "nft", "ip")


def python() -> Check:
    """Check the version of the running Python."""
    expected = ".".join(map(str, MINIMUM_PYTHON))
    ok = sys.version_info[:2] >= MINIMUM_PYTHON
    step = "" if ok else f"install Python {expected} or newer and run bin/kogge again"
    return Check(Section.PYTHON, "python", ok, platform.python_version(), f">= {expected}", step)


def packages(checkout: Path, prefix: Path) -> Check:
    """Check that the environment at ``prefix`` was made from the lock file of ``checkout``."""
    made_from = prefix / "requirements.lock"
    current = made_from.exists() and made_from.read_bytes() == (checkout / "requirements.lock").read_bytes()
    found = f"environment {prefix.resolve().name}" if current else f"{prefix} was made from something else"
    step = "" if current else "run Kogge as bin/kogge: it prepares its own environment"
    return Check(Section.PYTHON, "locked packages", current, found, "made from requirements.lock", step)


def kernel(system: str, release: str) -> Check:
    """Check that ``release`` (as ``uname -r`` says it) can run the sandbox's hosts."""
    expected = f"Linux >= {'.'.join(map(str, MINIMUM_KERNEL))}"
    match = re.match(r"(\d+)\.(\d+)", release)
    ok = system == "Linux" and match is not None and (int(match[1]), int(match[2])) >= MINIMUM_KERNEL
    step = "" if ok else "use a newer Linux for 'kogge sandbox' with hosts; everything else works here"
    return Check(Section.MACHINE, "kernel", ok, f"{system} {release}", expected, step, optional=True)


def root(user_id: int) -> Check:
    """Check whether the sandbox's hosts can be started: they need root. The control plane does not."""
    ok = user_id == 0
    step = "" if ok else "run as root for the sandbox's hosts; everything else works without"
    return Check(Section.MACHINE, "root", ok, "root" if ok else f"user {user_id}", "root", step, optional=True)


def host_programs() -> Check:
    """Check the Debian programs that the sandbox's hosts are made with."""
    # Only root boots hosts, and has these directories on PATH; that others do not is no fault of the machine.
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    missing = [program for program in HOST_PROGRAMS if shutil.which(program, path=places) is None]
    step = "apt-get install -y systemd-container mmdebstrap nftables iproute2" if missing else ""
    found = f"missing: {', '.join(missing)}" if missing else "all there"
    return Check(
        Section.MACHINE, "programs for hosts", not missing, found, ", ".join(HOST_PROGRAMS), step, optional=True
    )


def checks(checkout: Path) -> list[Check]:
    """Return every check of this machine."""
    return [
        python(),
        packages(checkout, Path(sys.prefix)),
        kernel(platform.system(), platform.release()),
        root(os.geteuid()),
        host_programs(),
    ]
