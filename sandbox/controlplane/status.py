"""What runs of a sandbox, read from the processes and the apiserver, never from what was once written down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import psutil

from kogge.clusters.api import KubeApi
from kogge.errors import KoggeError
from kogge.json_value import text_at
from sandbox.controlplane import readiness
from sandbox.controlplane.components import ORDER
from sandbox.controlplane.ports import Ports
from sandbox.controlplane.ports import kept as kept_ports
from sandbox.controlplane.process import living, read_record
from sandbox.controlplane.state import CLUSTER, State

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One component."""

    name: str
    pid: int | None
    """``None``: it does not run."""
    since: float | None
    """Seconds since the epoch."""
    memory_bytes: int | None
    port: int | None


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The apiserver's own answer; ``reason`` says why there is none."""

    name: str
    kubernetes: str | None
    nodes: int
    nodes_ready: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """A sandbox as it is now."""

    version: int
    directory: str
    running: bool
    """Every component runs and the apiserver answers."""
    processes: tuple[ProcessStatus, ...]
    cluster: ClusterStatus
    disk_bytes: int


def read(state: State) -> SandboxStatus:
    """Return what is there of the sandbox; all of it may be missing."""
    ports = kept_ports(state)
    processes = tuple(_process(state, name, ports) for name in ORDER)
    cluster = _cluster(state)
    return SandboxStatus(
        version=VERSION,
        directory=str(state.directory),
        running=all(process.pid for process in processes) and cluster.reason is None,
        processes=processes,
        cluster=cluster,
        disk_bytes=_disk_bytes(state),
    )


def as_json(status: SandboxStatus) -> dict[str, object]:
    """Return ``status`` as what ``--json`` prints and ``status.json`` holds."""
    return asdict(status)


def _process(state: State, name: str, ports: Ports | None) -> ProcessStatus:
    listens = {"etcd": ports.etcd_client, "kube-apiserver": ports.apiserver} if ports else {}
    process = living(read_record(state, name))
    try:
        memory = process.memory_info().rss if process else None
        since = process.create_time() if process else None
    except psutil.Error:
        return ProcessStatus(name, None, None, None, listens.get(name))
    return ProcessStatus(name, process.pid if process else None, since, memory, listens.get(name))


def _cluster(state: State) -> ClusterStatus:
    if not state.kubeconfig("admin").exists():
        return ClusterStatus(CLUSTER, None, 0, 0, "it was never started")
    try:
        api = KubeApi.from_kubeconfig(state.kubeconfig("admin"), timeout=5.0, retry=False)
        kubernetes = text_at(api.get("/version"), "gitVersion")
        nodes = api.list_all("/api/v1/nodes")
    except KoggeError as error:
        return ClusterStatus(CLUSTER, None, 0, 0, error.message)
    return ClusterStatus(CLUSTER, kubernetes, len(nodes), sum(map(readiness.is_ready, nodes)), None)


def _disk_bytes(state: State) -> int:
    total = 0
    for file in state.cluster.rglob("*"):
        try:
            # Blocks, not length: etcd reserves its log files in advance.
            total += file.lstat().st_blocks * 512
        except OSError:
            continue
    return total
