"""All sandbox hosts together: ``up``, ``status``, ``down``.

Every step looks first whether it is done, so a start that was killed is continued by the next one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from kogge.estate.models.platform import Platform
from sandbox.fault import SandboxError, disk_error
from sandbox.hosts.access import ensure_keys, remove_connect, write_connect, write_known_hosts, write_ssh_config
from sandbox.hosts.image import require_free_space
from sandbox.hosts.layers import ensure_layers, kernel_words
from sandbox.hosts.machine import running, start, stop, wait_for_ssh
from sandbox.hosts.network import ensure_cable, ensure_hub, remove_namespace
from sandbox.hosts.plan import FleetPlan, MachinePlan, plan_fleet, plan_recorded
from sandbox.hosts.requirements import ensure_inotify, require_machine, unfit
from sandbox.hosts.root import ensure_root, give_identity, unmount_root
from sandbox.lock import exclusive
from sandbox.progress import step

_NEEDED_BYTES: Final = 3 * 2**30


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """What one machine is doing; ``since`` in seconds since the epoch, ``memory`` in bytes."""

    name: str
    address: str
    pid: int | None
    since: float | None
    memory: int
    disk: int


def up(
    platform: Platform, directory: Path, *, only: Collection[str] | None = None, bare: Collection[str] = ()
) -> FleetPlan:
    """Boot the hosts of ``platform`` that are not running, and return their plan.

    ``directory`` is ``hosts/`` of the sandbox. Hosts in ``bare`` start without the packages of their roles.

    Raises :class:`SandboxError` where machines cannot boot.
    """
    require_machine(install=True)
    ensure_inotify()
    plan = plan_fleet(platform, directory, only=only)
    require_free_space(directory, _NEEDED_BYTES)
    layers = {
        machine.name: ensure_layers(() if machine.name in bare else platform.hosts[machine.name].roles)
        for machine in plan.machines
    }
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive(directory.with_name("hosts.lock"), "kogge sandbox up --hosts", wait_seconds=60):
            _boot(plan, layers)
    except OSError as error:
        raise disk_error(error, directory) from error
    return plan


def _boot(plan: FleetPlan, layers: Mapping[str, tuple[Path, ...]]) -> None:
    key = ensure_keys(plan)
    connect = write_connect(plan)
    with step("sandbox hosts", "booting") as state:
        ensure_hub(plan)
        booted = [machine for machine in plan.machines if _ensure_running(plan, machine, layers[machine.name], key)]
        # Also those that ran: a start that was killed may have left one that is still booting.
        for machine in plan.machines:
            wait_for_ssh(plan, machine)
        write_known_hosts(plan, tuple(machine for machine in plan.machines if machine.root.is_mount()))
        write_ssh_config(plan, connect)
        names = ", ".join(machine.name for machine in booted)
        state.outcome = f"{names} up in {{seconds}}" if booted else f"{len(plan.machines)} running"


def _ensure_running(plan: FleetPlan, machine: MachinePlan, layers: tuple[Path, ...], key: str) -> bool:
    """Boot one machine unless it runs; tell whether it was booted."""
    # First of all: it is what `down` knows a machine by, however early a start is killed.
    machine.directory.mkdir(exist_ok=True)
    (machine.directory / "address").write_text(f"{machine.address}\n", encoding="utf-8")
    ensure_cable(plan, machine)
    if running(machine):
        return False
    made_of = ensure_root(machine, layers)
    give_identity(machine, key)
    start(plan, machine, kernel_words(made_of))
    return True


def status(directory: Path) -> tuple[MachineStatus, ...]:
    """Return what every machine that has a directory below ``directory`` is doing."""
    return tuple(_machine_status(machine) for machine in plan_recorded(directory).machines)


def _machine_status(machine: MachinePlan) -> MachineStatus:
    process = running(machine)
    memory = 0
    if process is not None:
        memory = sum(_resident(child) for child in process.children(recursive=True))
    return MachineStatus(
        name=machine.name,
        address=str(machine.address),
        pid=process.pid if process else None,
        since=process.create_time() if process else None,
        memory=memory,
        disk=_disk_use(machine.directory / "upper"),
    )


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _disk_use(directory: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in directory.rglob("*")) if directory.is_dir() else 0


def down(directory: Path, *, keep: bool = False) -> tuple[str, ...]:
    """Stop every machine that has a directory below ``directory`` and return the names of those that ran.

    Network and mounts go too; ``keep`` leaves the disks, so that ``up`` boots the same machines again. Nothing here
    reads ``platform.yaml``: a host that was taken out of it is stopped as well.
    """
    if not directory.is_dir():
        return ()
    plan = plan_recorded(directory)
    reason = unfit(sys.platform, os.geteuid())
    if reason is not None:
        raise SandboxError(reason, hint="run 'kogge sandbox down' as the user who started the hosts")
    with exclusive(directory.with_name("hosts.lock"), "kogge sandbox down", wait_seconds=60):
        return _power_off(plan, keep=keep)


def _power_off(plan: FleetPlan, *, keep: bool) -> tuple[str, ...]:
    with step("sandbox hosts", "powering off") as state:
        with ThreadPoolExecutor(max_workers=max(1, len(plan.machines))) as pool:
            ran = list(pool.map(lambda machine: stop(plan, machine), plan.machines))
        for machine in plan.machines:
            unmount_root(machine)
            remove_namespace(machine.namespace)
        remove_namespace(plan.hub)
        shutil.rmtree(plan.sockets, ignore_errors=True)
        if not keep:
            remove_connect(plan)
            shutil.rmtree(plan.directory)
        names = tuple(machine.name for machine, did in zip(plan.machines, ran, strict=True) if did)
        state.outcome = f"{len(names)} powered off in {{seconds}}"
    return names
