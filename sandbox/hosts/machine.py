"""One machine as a process: systemd-nspawn, started detached and stopped by recorded pid.

A pid is signalled only when it is still the process that was recorded. In which control groups it runs says
``cgroups.py``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from sandbox.fault import SandboxError
from sandbox.hosts.cgroups import clear, enclosed
from sandbox.hosts.network import namespace_path
from sandbox.hosts.plan import FleetPlan, MachinePlan

_POWER_OFF: Final = signal.SIGRTMIN + 4
"""systemd as PID 1 powers off on it (systemd(1), SIGNALS)."""
_STOP_SECONDS: Final = 20.0
_BOOT_SECONDS: Final = 30.0
_EXEC_SECONDS: Final = 2.0
_SAME_START_SECONDS: Final = 2.0
"""Start times are computed from the boot time, which moves when the clock is set."""
_TUN: Final = Path("/dev/net/tun")


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Which process runs a machine; ``started`` tells a reused pid apart (seconds since the epoch)."""

    pid: int
    started: float


def running(machine: MachinePlan) -> psutil.Process | None:
    """Return the machine's nspawn process, if it is alive and the one that was recorded.

    A record that names no such process (the start was killed before it wrote one, the pid was used again) counts for
    nothing: the process is then found by the root that nobody else can boot.
    """
    try:
        record = ProcessRecord(**json.loads(machine.record.read_text(encoding="utf-8")))
        process = psutil.Process(record.pid)
        if abs(process.create_time() - record.started) < _SAME_START_SECONDS and _boots(process, machine):
            return process
    except (OSError, ValueError, TypeError, psutil.Error):
        pass
    return _unrecorded(machine) if machine.root.is_mount() else None


def _boots(process: psutil.Process, machine: MachinePlan) -> bool:
    """Tell whether a process is the machine's: alive, and called with its root.

    For a moment after exec the system shows no command line; that is no other process, so it is looked at again.
    """
    deadline = time.monotonic() + _EXEC_SECONDS
    while process.status() != psutil.STATUS_ZOMBIE:
        if words := process.cmdline():
            return str(machine.root) in words
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return False


def _unrecorded(machine: MachinePlan) -> psutil.Process | None:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        # What leads to nspawn carries its words too, and becomes it: a shell, or systemd-run.
        if "systemd-nspawn" in words and str(machine.root) in words:
            _record(machine, process)
            return process
    return None


def _record(machine: MachinePlan, process: psutil.Process) -> None:
    partial = machine.record.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(ProcessRecord(process.pid, process.create_time()))), encoding="utf-8")
    partial.replace(machine.record)


def start(plan: FleetPlan, machine: MachinePlan, kernel_words: Iterable[str] = ()) -> None:
    """Boot a machine whose root and network are ready; returns before it has booted.

    In a container systemd takes its own arguments for the kernel's command line (kernel-command-line(7)): there
    ``kernel_words`` stand.
    """
    words = ["systemd-nspawn", "--quiet", "-D", str(machine.root), "--register=no", "--keep-unit", "--boot"]
    words += [f"--network-namespace-path={namespace_path(machine.namespace)}", f"--machine={plan.tag}-{machine.name}"]
    words += ["--capability=CAP_NET_ADMIN", "--resolv-conf=off", "--timezone=off", "--console=pipe"]
    if _TUN.exists():
        words.append(f"--bind={_TUN}")
    words += kernel_words
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
    }
    with machine.console.open("wb") as console:
        process = subprocess.Popen(
            [*enclosed(plan, machine), *words],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            cwd="/",
        )
    _record(machine, psutil.Process(process.pid))


def wait_for_ssh(plan: FleetPlan, machine: MachinePlan) -> None:
    """Wait until sshd of the machine greets.

    Raises :class:`SandboxError` with the end of the console when it does not within half a minute.
    """
    deadline = time.monotonic() + _BOOT_SECONDS
    probe = f"import socket; s = socket.create_connection(('{machine.address}', 22), 1); s.settimeout(2); "
    probe += "raise SystemExit(not s.recv(4).startswith(b'SSH-'))"
    while time.monotonic() < deadline and running(machine):
        words = ["ip", "netns", "exec", plan.hub, "python3", "-I", "-S", "-c", probe]
        if subprocess.run(words, capture_output=True, timeout=10).returncode == 0:
            return
        time.sleep(0.1)
    lines = machine.console.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    raise SandboxError(
        f"{machine.name} did not come up; its console ends with:\n    " + "\n    ".join(lines or ["(nothing)"]),
        hint=f"read {machine.console}, then run 'kogge sandbox up --hosts' again",
    )


def stop(plan: FleetPlan, machine: MachinePlan) -> bool:
    """Power the machine off and remove its control groups; tell whether it was running.

    nspawn itself is never killed: it would leave the machine's processes behind. After 20 s its PID 1 is.

    Raises :class:`SandboxError` when that does not end it either.
    """
    process = running(machine)
    if process is not None:
        _signal_first_process(process, _POWER_OFF)
        if not _ended(process):
            _signal_first_process(process, signal.SIGKILL)
            if not _ended(process):
                raise SandboxError(
                    f"{machine.name} does not end: process {process.pid}, which runs it, is still there",
                    hint=f"look at it ('ps -fp {process.pid}'), then run 'kogge sandbox down' again",
                )
    machine.record.unlink(missing_ok=True)
    clear(plan, machine)
    return process is not None


def _ended(process: psutil.Process) -> bool:
    """Wait for the end of a process; one that only waits for its parent to notice has ended."""
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _signal_first_process(nspawn: psutil.Process, number: int) -> None:
    """Signal PID 1 of the machine: the child of nspawn."""
    try:
        children = nspawn.children()
        for child in children:
            child.send_signal(number)
        if not children:
            # Not booted yet, or ending: nspawn ends by itself on SIGTERM as long as no machine hangs on it.
            nspawn.terminate()
    except psutil.NoSuchProcess:
        return
