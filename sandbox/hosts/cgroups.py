"""Control groups of a machine: a subtree of its own, whichever version of cgroups the kernel shows here.

Where systemd runs the computer the whole tree is systemd's, and a subtree is asked for: a delegated scope
(systemd.io/CGROUP_DELEGATION). Elsewhere it is a directory. In both nspawn moves itself and the machine into two groups
below, so that no process stands in an inner group (cgroups(7), "no internal processes").
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from sandbox.fault import SandboxError
from sandbox.hosts.plan import FleetPlan, MachinePlan

_MOUNT: Final = Path("/sys/fs/cgroup")
_SYSTEMD_RUNS: Final = Path("/run/systemd/system")
"""Exists where systemd is PID 1 (sd_booted(3))."""

_GONE_SECONDS: Final = 5.0
_STRANGER: Final = 0
"""How cgroup.procs shows a process of another pid namespace; to kill(2) it would mean our own group."""

# The shell joins the groups before it becomes nspawn, so that everything below is in them from the start.
_JOIN: Final = 'for group in $0; do echo $$ > "$group/cgroup.procs" || exit 70; done; exec "$@"'


def enclosed(plan: FleetPlan, machine: MachinePlan) -> list[str]:
    """Return the words before a command that has it run in the machine's own groups, which are made ready here.

    Raises :class:`SandboxError` where the groups cannot be made.
    """
    clear(plan, machine)
    if _scopes():
        words = ["systemd-run", "--scope", "--quiet", "--collect", f"--unit={_scope(plan, machine)}"]
        return [*words, "--slice=machine.slice", "--property=Delegate=yes", "--"]
    groups = cgroups(plan, machine)
    try:
        for group in groups:
            group.mkdir(parents=True, exist_ok=True)
            _hand_down_controllers(group.parent)
    except OSError as error:
        raise SandboxError(
            f"a control group for {machine.name} cannot be made: {error}",
            hint="run it where /sys/fs/cgroup is writable (a container needs --privileged), or leave out --hosts",
        ) from error
    return ["/bin/sh", "-c", _JOIN, " ".join(map(str, groups))]


def clear(plan: FleetPlan, machine: MachinePlan) -> None:
    """End what is left of a machine whose nspawn ended (a killed one leaves its machine running), and its groups.

    Only for a machine that does not run. A group that is still in use stays for the next ``down``.
    """
    if _scopes():
        # Killed first: systemd as the first process of a machine does not end on the signal that a scope's stop sends.
        for words in (["kill", "--signal=KILL"], ["stop"]):
            subprocess.run(["systemctl", *words, _scope(plan, machine)], capture_output=True, timeout=120)
        return
    for group in cgroups(plan, machine):
        _kill(group)
        below = sorted((entry for entry in group.rglob("*") if entry.is_dir()), reverse=True)
        for path in (*below, group, group.parent):
            _rmdir(path)


def cgroups(plan: FleetPlan, machine: MachinePlan) -> tuple[Path, ...]:
    """Return the control groups of a machine that are ours: none where its scope is systemd's.

    Otherwise those of the hierarchies that systemd itself uses, whatever their version.
    """
    if _scopes():
        return ()
    below = Path(f"kogge-{plan.tag}") / machine.name
    if (_MOUNT / "cgroup.controllers").exists():
        return (_MOUNT / below,)
    hierarchies = [_MOUNT / name for name in ("systemd", "unified") if (_MOUNT / name).is_dir()]
    return tuple(hierarchy / below for hierarchy in hierarchies)


def _scopes() -> bool:
    return _SYSTEMD_RUNS.is_dir() and shutil.which("systemd-run") is not None


def _scope(plan: FleetPlan, machine: MachinePlan) -> str:
    return f"kogge-{plan.tag}-{machine.name}.scope"


def _kill(group: Path) -> None:
    """Kill every process in the group and those below it, and wait until they are gone."""
    deadline = time.monotonic() + _GONE_SECONDS
    while pids := _members(group):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return
        time.sleep(0.02)


def _members(group: Path) -> list[int]:
    files = [group / "cgroup.procs", *group.rglob("cgroup.procs")] if group.is_dir() else []
    return sorted({int(pid) for file in files for pid in file.read_text(encoding="utf-8").split()} - {_STRANGER})


def _hand_down_controllers(group: Path) -> None:
    """Give the machines below ``group`` what it was given itself, so that units have limits as on a real host.

    The first version of cgroups has no such file: there every controller is a tree of its own, and none is delegated.
    """
    given = group / "cgroup.controllers"
    if given.exists():
        names = given.read_text(encoding="utf-8").split()
        (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in names), encoding="utf-8")


def _rmdir(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return
