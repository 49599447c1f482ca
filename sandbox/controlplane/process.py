"""Processes of the sandbox: started detached, recorded, and only ever signalled when they are still the same.

A process id alone says nothing: ids are used again. A record holds the time the process started and
the digest of its command line as well, and both have to fit. A start that was killed between fork
and record leaves a process without a record: it is found by its command line, which names this
sandbox's directory and is like no other.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from kogge.atomic import write_atomically
from sandbox.controlplane.components import Component
from sandbox.controlplane.state import State

LOG_LIMIT = 10 * 1024 * 1024
STOP_SECONDS = 10.0
EXEC_SECONDS = 2.0
SAME_START_SECONDS = 2.0
"""Start times are computed from the boot time, which moves when the clock is set."""


class Record(BaseModel):
    """A process as it was when it started."""

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    started: float
    """Seconds since the epoch."""
    command_sha256: str


def digest(arguments: tuple[str, ...] | list[str]) -> str:
    """Return the digest of a command line."""
    return hashlib.sha256("\0".join(arguments).encode()).hexdigest()


def read_record(state: State, name: str) -> Record | None:
    """Return what is recorded of ``name``; ``None`` when there is nothing readable."""
    try:
        return Record.model_validate_json((state.processes / f"{name}.json").read_bytes())
    except (OSError, ValidationError):
        return None


def living(record: Record | None) -> psutil.Process | None:
    """Return the process of ``record`` when it still runs and is the same one, else ``None``."""
    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        same = (
            abs(process.create_time() - record.started) <= SAME_START_SECONDS
            and digest(process.cmdline()) == record.command_sha256
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return None
    return process if same else None


def find_unrecorded(component: Component) -> psutil.Process | None:
    """Return a process of this user that runs exactly the command line of ``component``."""
    for process in psutil.process_iter(["cmdline", "status", "uids"]):
        ours = process.info["uids"] is not None and process.info["uids"].real == os.getuid()
        alive = process.info["status"] != psutil.STATUS_ZOMBIE
        if ours and alive and process.info["cmdline"] == list(component.arguments):
            return process
    return None


def running(state: State, component: Component) -> psutil.Process | None:
    """Return the process of ``component``, recorded or not; one that was not recorded is recorded now."""
    process = living(read_record(state, component.name))
    if process is not None:
        return process
    found = find_unrecorded(component)
    if found is not None:
        with contextlib.suppress(psutil.Error):
            _record(state, component, found)
            return found
    return None


def is_current(state: State, component: Component) -> bool:
    """Say whether ``component`` runs with the command line it should have."""
    process = running(state, component)
    record = read_record(state, component.name)
    return process is not None and record is not None and record.command_sha256 == digest(component.arguments)


def start(state: State, component: Component) -> None:
    """Start ``component`` in a session of its own and record it; its output goes to its log.

    Returns when the program runs, which does not mean that it is ready.
    """
    log = state.log(component.name)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            component.arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=state.cluster,
            start_new_session=True,
            env=_environment(state),
            umask=0o077,
        )
    with contextlib.suppress(psutil.Error):
        _await_command_line(component, process)
        _record(state, component, psutil.Process(process.pid))


def _await_command_line(component: Component, process: subprocess.Popen[bytes]) -> None:
    """Wait until the system shows the new program's command line: for a moment after exec it is still empty."""
    deadline = time.monotonic() + EXEC_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if psutil.Process(process.pid).cmdline() == list(component.arguments):
            return
        time.sleep(0.005)


def stop(record: Record | None, *, seconds: float = STOP_SECONDS) -> bool:
    """End the process of ``record``, with force after ``seconds``; return whether there was one to end."""
    process = living(record)
    if process is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGTERM)
        if not _gone(record, seconds):
            process.send_signal(signal.SIGKILL)
            _gone(record, seconds)
    return True


def _gone(record: Record | None, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while living(record) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of ``log``, each line indented and cut to a readable length."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line[:300]}" for line in lines[-count:]) or "    (the log is empty)"


def _record(state: State, component: Component, process: psutil.Process) -> None:
    record = Record(
        name=component.name,
        pid=process.pid,
        started=process.create_time(),
        command_sha256=digest(component.arguments),
    )
    write_atomically(state.processes / f"{component.name}.json", record.model_dump_json() + "\n")


def _environment(state: State) -> dict[str, str]:
    """Return what a component may know of the caller's environment: nothing but the way to programs and time zones."""
    kept = {name: os.environ[name] for name in ("PATH", "TZ", "LANG") if name in os.environ}
    # kwok reads ~/.kwok, which is another program's.
    return {**kept, "HOME": str(state.cluster)}
