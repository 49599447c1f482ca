"""The state directory of one sandbox: which file lies where, and what was chosen once.

Belongs here: paths and the small records. The paths of the kubeconfigs, of ``kube-system.uid``, of
the identities and of ``status.json`` are read by the rest of Kogge; they do not move.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.atomic import write_atomically
from sandbox.fault import SandboxError

CLUSTER: Final = "hl1"
MARKER: Final = "kogge-sandbox"
"""A file that says that a directory is a sandbox and may be removed by ``down``."""


@dataclass(frozen=True, slots=True)
class State:
    """Paths of a sandbox."""

    directory: Path

    @property
    def cluster(self) -> Path:
        """The directory of the only cluster."""
        return self.directory / CLUSTER

    @property
    def lock(self) -> Path:
        """The lock of ``up`` and ``down``."""
        return self.directory / "sandbox.lock"

    @property
    def marker(self) -> Path:
        """See :data:`MARKER`."""
        return self.directory / MARKER

    @property
    def status_file(self) -> Path:
        """What ``up`` found at its end, as JSON."""
        return self.directory / "status.json"

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.cluster / "pki"

    @property
    def ports_file(self) -> Path:
        """The ports, chosen once."""
        return self.cluster / "ports.json"

    @property
    def uid_file(self) -> Path:
        """The uid of the namespace ``kube-system``."""
        return self.cluster / "kube-system.uid"

    @property
    def processes(self) -> Path:
        """One record per started process."""
        return self.cluster / "processes"

    @property
    def logs(self) -> Path:
        """One log per process, and the audit log."""
        return self.cluster / "logs"

    @property
    def identities(self) -> Path:
        """The age identities of this sandbox."""
        return self.directory / "identities"

    @property
    def of_its_platform(self) -> tuple[Path, ...]:
        """Master keys and Pulumi's state, where the checkout's ``platform.yaml`` has them: worth nothing without us."""
        return self.directory / "keys", self.directory / "state"

    def kubeconfig(self, identity: str) -> Path:
        """Return the kubeconfig of ``admin``, ``provisioner``, ``nightly`` or a component."""
        return self.cluster / "kubeconfig" / f"{identity}.yaml"

    def log(self, component: str) -> Path:
        """Return the log file of ``component``."""
        return self.logs / f"{component}.log"


def locate(root: Path, environ: Mapping[str, str] = os.environ) -> State:
    """Return the sandbox of ``$KOGGE_SANDBOX``, or else of the data root ``root``."""
    chosen = environ.get("KOGGE_SANDBOX")
    return State(Path(chosen).expanduser().absolute() if chosen else root / ".kogge" / "sandbox")


def create(state: State) -> None:
    """Make the directories of ``state``, readable by their owner only.

    Raises :class:`SandboxError` for a directory with other things in it: ``down`` will remove it one day.
    """
    directory = state.directory
    ours = {"sandbox.lock", "sandbox.lock.holder", "hosts", "hosts.lock", "hosts.lock.holder", "nodes"}
    if directory.exists() and not state.marker.exists() and {entry.name for entry in directory.iterdir()} - ours:
        raise SandboxError(
            f"{directory} holds other things than a sandbox", hint="name an empty or new directory in KOGGE_SANDBOX"
        )
    for path in (directory, state.cluster, state.pki, state.processes, state.logs, state.identities):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    state.kubeconfig("admin").parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(state.marker, "This directory belongs to a sandbox of Kogge; 'kogge sandbox down' removes it.\n")
