"""How people and Ansible get into the sandbox hosts: ssh keys, the known host keys, a way through the hub.

The paths are named in ``platform.yaml`` under ``host_access``; they do not move. The way through the hub is named
nowhere: it lies outside of the data root.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from kogge.atomic import write_atomically
from kogge.hostrun import SshAccess, Target
from kogge.hostrun.inventory import ssh_config
from kogge.hostrun.way_in import runtime_program
from sandbox.hosts import connect
from sandbox.hosts.image import ACCOUNT
from sandbox.hosts.plan import FleetPlan, MachinePlan
from sandbox.hosts.root import host_key


def ensure_keys(plan: FleetPlan) -> str:
    """Make the key of Kogge and the one of its nightly check, each once; return the public one of Kogge."""
    plan.access.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ensure_key(plan.access / "nightly_ed25519", "kogge-sandbox-nightly", plan.access / "nightly_authorized_keys")
    return _ensure_key(plan.access / "id_ed25519", "kogge-sandbox", plan.access / "authorized_keys")


def _ensure_key(private: Path, comment: str, authorized: Path) -> str:
    public = private.with_suffix(".pub")
    if not (private.exists() and public.exists()):
        private.unlink(missing_ok=True)
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(private)]
        subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    text = public.read_text(encoding="utf-8")
    authorized.write_text(text, encoding="utf-8")
    return text


def write_connect(plan: FleetPlan) -> Path:
    """Write the program that ssh connects through, and return its path: outside of the data root, which names none."""
    program = runtime_program(plan.access / "id_ed25519")
    for directory in (program.parent.parent, program.parent):
        directory.mkdir(mode=0o755, exist_ok=True)
    words = shlex.join([sys.executable, "-I", "-S", str(Path(connect.__file__).resolve()), plan.hub])
    write_atomically(program, f'#!/bin/sh\nexec {words} "$@"\n', mode=0o755)
    # Sandboxes of before left it beside the keys.
    (plan.access / "connect").unlink(missing_ok=True)
    return program


def remove_connect(plan: FleetPlan) -> None:
    """Remove that program."""
    runtime_program(plan.access / "id_ed25519").unlink(missing_ok=True)


def write_known_hosts(plan: FleetPlan, machines: tuple[MachinePlan, ...]) -> None:
    """Pin the host keys of ``machines``, each read from the machine's own disk."""
    lines = [f"{machine.name},{machine.address} {host_key(machine)}\n" for machine in machines]
    (plan.access / "known_hosts").write_text("".join(lines), encoding="utf-8")


def write_ssh_config(plan: FleetPlan, program: Path) -> None:
    """Write settings for people: ``ssh -F .../ssh/config db1``."""
    targets = {machine.name: Target(machine.name, machine.address, 22, ()) for machine in plan.machines}
    access = SshAccess(ACCOUNT, plan.access / "id_ed25519", plan.access / "known_hosts", program, targets)
    plan.sockets.mkdir(mode=0o700, exist_ok=True)
    (plan.access / "config").write_text(ssh_config(access, plan.sockets), encoding="utf-8")
