"""The root file system of one machine: an overlay on image and layers, and what makes it this host and no other."""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path

from kogge.atomic import write_atomically
from sandbox.fault import SandboxError
from sandbox.hosts.image import ACCOUNT
from sandbox.hosts.plan import MachinePlan


def ensure_root(machine: MachinePlan, layers: tuple[Path, ...]) -> tuple[Path, ...]:
    """Mount the machine's overlay, unless it is mounted, and return what the machine is made of.

    ``layers`` are what a new machine is made of, the topmost first; a machine keeps what it was made of, for its own
    files mean nothing on another base.

    Raises :class:`SandboxError` when the file system below cannot carry an overlay, or a layer is gone.
    """
    if set(str(machine.directory)) & set(",:\\"):
        raise SandboxError(
            f"{machine.directory} has a comma, colon or backslash in its path, which an overlay cannot take",
            hint="choose another place for the sandbox (KOGGE_SANDBOX)",
        )
    for name in ("upper", "work", "root"):
        (machine.directory / name).mkdir(parents=True, exist_ok=True)
    made_of = _recorded(machine, layers)
    if not machine.root.is_mount():
        lower = ":".join(str(layer) for layer in made_of)
        options = f"lowerdir={lower},upperdir={machine.directory / 'upper'},workdir={machine.directory / 'work'}"
        done = subprocess.run(
            ["mount", "-t", "overlay", f"kogge-{machine.name}", "-o", options, str(machine.root)],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SandboxError(
                f"the root file system of {machine.name} cannot be mounted: {done.stderr.strip()}",
                hint="put the sandbox on ext4 or xfs (KOGGE_SANDBOX); an overlay cannot lie on another overlay",
            )
    return made_of


def _recorded(machine: MachinePlan, layers: tuple[Path, ...]) -> tuple[Path, ...]:
    record = machine.directory / "layers"
    if not record.exists():
        write_atomically(record, "".join(f"{layer}\n" for layer in layers))
    found = tuple(Path(line) for line in record.read_text(encoding="utf-8").splitlines())
    for layer in found:
        if not layer.is_dir():
            raise SandboxError(
                f"{machine.name} was made of {layer}, which is gone",
                hint="run 'kogge sandbox down', then 'kogge sandbox up --hosts': the hosts are made anew",
            )
    return found


def give_identity(machine: MachinePlan, authorized_key: str) -> None:
    """Write what a fresh host has after its installation; what is there already stays."""
    etc = machine.root / "etc"
    (etc / "hostname").write_text(f"{machine.name}\n", encoding="utf-8")
    hosts = f"127.0.0.1 localhost\n{machine.address} {machine.name}\n"
    (etc / "hosts").write_text(hosts, encoding="utf-8")
    (etc / "resolv.conf").write_text("", encoding="utf-8")
    machine_id = etc / "machine-id"
    if not machine_id.exists() or len(machine_id.read_text(encoding="utf-8")) < 32:
        machine_id.write_text(f"{secrets.token_hex(16)}\n", encoding="utf-8")
    marker = machine.directory / "identity-given"
    if marker.exists():
        return
    subprocess.run(["ssh-keygen", "-A", "-f", str(machine.root)], check=True, capture_output=True)
    account = machine.root / "home" / ACCOUNT
    owner = account.stat()
    directory = account / ".ssh"
    directory.mkdir(mode=0o700, exist_ok=True)
    keys = directory / "authorized_keys"
    keys.write_text(authorized_key, encoding="utf-8")
    keys.chmod(0o600)
    for path in (directory, keys):
        os.chown(path, owner.st_uid, owner.st_gid)
    marker.touch()


def host_key(machine: MachinePlan) -> str:
    """Return the machine's public ssh key, read from its disk: nobody can stand in between."""
    text = (machine.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
    return " ".join(text.split()[:2])


def unmount_root(machine: MachinePlan) -> None:
    """Unmount the overlay; nothing happens when it is not mounted.

    Raises :class:`SandboxError` when somebody still uses it.
    """
    while machine.root.is_mount():
        done = subprocess.run(["umount", str(machine.root)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SandboxError(
                f"{machine.root} cannot be unmounted: {done.stderr.strip()}",
                hint=f"leave that directory ('fuser -vm {machine.root}' shows who is in it), then run it again",
            )
