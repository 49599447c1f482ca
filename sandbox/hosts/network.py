"""Cables of the sandbox hosts: a hub namespace with a bridge, one namespace per machine, veth pairs between them.

Nothing here touches the root namespace: no route, no address, no interface.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from sandbox.fault import SandboxError
from sandbox.hosts.plan import HOST_INTERFACE, HUB_BRIDGE, FleetPlan, MachinePlan

_NAMESPACES = Path("/run/netns")
_GONE_SECONDS = 5.0


def ip(*words: str) -> str:
    """Run ``ip`` and return its output.

    Raises :class:`SandboxError` with what it said.
    """
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise SandboxError(
            f"'ip {' '.join(words)}' failed: {done.stderr.strip()}",
            hint="run 'kogge sandbox down', then 'kogge sandbox up --hosts'",
        )
    return done.stdout


def namespace_path(name: str) -> Path:
    """Return the file that stands for the network namespace ``name``."""
    return _NAMESPACES / name


def ensure_hub(plan: FleetPlan) -> None:
    """Make the hub namespace and its bridge, unless they are there."""
    _ensure_namespace(plan.hub)
    if not _interface(plan.hub, HUB_BRIDGE):
        ip("-n", plan.hub, "link", "add", HUB_BRIDGE, "type", "bridge")
    addresses = [f"{plan.hub_address}/{plan.lan.prefixlen}"]
    # One address of each cluster range stands for a pod and a node, so that tests can come from there.
    addresses += [f"{network.network_address + 10}/{network.prefixlen}" for network in plan.cluster_networks]
    for address in addresses:
        ip("-n", plan.hub, "address", "replace", address, "dev", HUB_BRIDGE)
    ip("-n", plan.hub, "link", "set", "lo", "up")
    ip("-n", plan.hub, "link", "set", HUB_BRIDGE, "up")


def ensure_cable(plan: FleetPlan, machine: MachinePlan) -> None:
    """Make the machine's namespace and join it to the hub, unless it is."""
    _ensure_namespace(machine.namespace)
    ends = _interface(machine.namespace, HOST_INTERFACE), _interface(plan.hub, machine.port)
    if not all(ends):
        _discard(machine.namespace, HOST_INTERFACE)
        _discard(plan.hub, machine.port)
        peer = ("peer", "name", HOST_INTERFACE, "netns", machine.namespace)
        ip("-n", plan.hub, "link", "add", machine.port, "type", "veth", *peer)
    ip("-n", plan.hub, "link", "set", machine.port, "master", HUB_BRIDGE, "up")
    address = f"{machine.address}/{plan.lan.prefixlen}"
    ip("-n", machine.namespace, "address", "replace", address, "dev", HOST_INTERFACE)
    ip("-n", machine.namespace, "link", "set", "lo", "up")
    ip("-n", machine.namespace, "link", "set", HOST_INTERFACE, "up")
    ip("-n", machine.namespace, "route", "replace", "default", "via", str(plan.hub_address))
    for network in plan.cluster_networks:
        ip("-n", machine.namespace, "route", "replace", str(network), "dev", HOST_INTERFACE)


def _discard(namespace: str, name: str) -> None:
    """Remove an interface and wait until it is gone: the kernel takes the ends of a dead namespace away by and by."""
    deadline = time.monotonic() + _GONE_SECONDS
    while _interface(namespace, name) and time.monotonic() < deadline:
        subprocess.run(["ip", "-n", namespace, "link", "delete", name], capture_output=True, timeout=20)
        time.sleep(0.02)


def remove_namespace(name: str) -> None:
    """Remove a network namespace with all its interfaces; nothing happens when it is not there."""
    if namespace_path(name).exists():
        ip("netns", "delete", name)


def _ensure_namespace(name: str) -> None:
    if not namespace_path(name).exists():
        ip("netns", "add", name)


def _interface(namespace: str, name: str) -> dict[str, Any] | None:
    done = subprocess.run(
        ["ip", "-n", namespace, "-json", "link", "show", "dev", name], capture_output=True, text=True, timeout=20
    )
    if done.returncode != 0:
        return None
    links: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return links[0] if links else None
