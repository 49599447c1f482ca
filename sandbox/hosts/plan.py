"""What the sandbox hosts of one state directory are called and where they lie; pure.

Two sandboxes may use the same addresses: each has a hub namespace of its own, and nothing is routed in the root
namespace. Every name in the kernel carries a tag that follows from the state directory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from kogge.estate.models.platform import ClusterNetwork, Platform

HUB_BRIDGE: Final = "br0"
HOST_INTERFACE: Final = "host0"
_LAN_PREFIX: Final = 24


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One machine; ``port`` is its end of the cable in the hub."""

    name: str
    address: IPv4Address
    namespace: str
    port: str
    directory: Path

    @property
    def root(self) -> Path:
        """The root file system: an overlay on the base image."""
        return self.directory / "root"

    @property
    def record(self) -> Path:
        """Which process runs the machine."""
        return self.directory / "process.json"

    @property
    def console(self) -> Path:
        """What the machine printed while it booted."""
        return self.directory / "console.log"


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """All machines of a sandbox and their network."""

    directory: Path
    tag: str
    lan: IPv4Network
    hub_address: IPv4Address
    cluster_networks: tuple[IPv4Network, ...]
    """Ranges of pods and nodes: they are on the link, for tests that come from there."""
    machines: tuple[MachinePlan, ...]

    @property
    def hub(self) -> str:
        """Network namespace of the bridge; ssh enters it."""
        return f"kogge-{self.tag}"

    @property
    def sockets(self) -> Path:
        """Shared ssh connections of people: a short path, for a socket's has at most 107 bytes."""
        return Path("/run") / self.hub

    @property
    def access(self) -> Path:
        """Keys, known hosts and settings of ssh."""
        return self.directory / "ssh"


def plan_fleet(platform: Platform, directory: Path, *, only: Iterable[str] | None = None) -> FleetPlan:
    """Return the plan for the hosts of ``platform`` in ``directory``; ``only`` names those that are wanted."""
    tag = _tag(directory)
    wanted = set(platform.hosts) if only is None else set(only)
    machines = tuple(
        MachinePlan(name, host.address, f"kogge-{tag}-{name}", f"port{index}", directory / name)
        for index, (name, host) in enumerate(sorted(platform.hosts.items()))
        if name in wanted
    )
    lan = _lan([host.address for host in platform.hosts.values()])
    taken = {host.address for host in platform.hosts.values()}
    networks = (range_ for cluster in platform.clusters.values() for range_ in _ranges(cluster.network))
    return FleetPlan(
        directory=directory,
        tag=tag,
        lan=lan,
        hub_address=next(address for address in lan.hosts() if address not in taken),
        cluster_networks=tuple(sorted(set(networks))),
        machines=machines,
    )


def plan_recorded(directory: Path) -> FleetPlan:
    """Return the machines that have a directory below ``directory``: enough of a plan to show and to stop them."""
    tag = _tag(directory)
    nowhere = IPv4Address(0)
    machines = tuple(
        MachinePlan(
            entry.parent.name,
            IPv4Address(entry.read_text(encoding="utf-8").strip()),
            f"kogge-{tag}-{entry.parent.name}",
            "",
            entry.parent,
        )
        for entry in sorted(directory.glob("*/address"))
    )
    return FleetPlan(directory, tag, IPv4Network((nowhere, 32)), nowhere, (), machines)


def _tag(directory: Path) -> str:
    return hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:8]


def _ranges(network: ClusterNetwork) -> tuple[IPv4Network, ...]:
    return (*network.pods, *network.nodes)


def _lan(addresses: list[IPv4Address]) -> IPv4Network:
    """Return the smallest network of at most a /24's prefix that holds all addresses."""
    network = IPv4Network((addresses[0], _LAN_PREFIX), strict=False)
    while not all(address in network for address in addresses):
        network = network.supernet()
    return network
