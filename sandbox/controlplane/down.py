"""Stop the control plane by its recorded processes, and remove what it wrote."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from kogge.clusters.api import KubeApi
from kogge.errors import KoggeError
from kogge.json_value import text_at
from sandbox.controlplane.components import ORDER
from sandbox.controlplane.process import Record, digest, living, read_record, stop
from sandbox.controlplane.state import State
from sandbox.controlplane.volumes import VOLUMES
from sandbox.fault import SandboxError, disk_error
from sandbox.lock import exclusive
from sandbox.progress import step

_VOLUME: Final = re.compile(re.escape(str(VOLUMES)) + r"/[0-9a-f-]{36}")


def down(state: State, *, keep: bool = False) -> bool:
    """Stop the sandbox and, unless ``keep``, remove its state; return whether there was one.

    Only what the control plane and the stacks in it wrote is removed; the directory itself when nothing else is in it.
    Raises :class:`SandboxError` for a directory that is no sandbox.
    """
    if not state.directory.exists():
        return False
    if not state.marker.exists():
        raise SandboxError(
            f"{state.directory} is no sandbox: nothing was removed",
            hint="name the sandbox's directory in KOGGE_SANDBOX",
        )
    try:
        with exclusive(state.lock, "kogge sandbox down"):
            volumes = [] if keep else _volumes(state)
            stop_processes(state)
            if not keep:
                _remove(state, volumes)
        if not keep:
            state.lock.unlink(missing_ok=True)
            with suppress(OSError):  # hosts or nodes may still have their part in it
                state.directory.rmdir()
    except OSError as error:
        raise disk_error(error, state.directory) from error
    return True


def stop_processes(state: State) -> None:
    """End every process of the sandbox in reverse start order; one that is not the recorded process is left alone."""
    for name in reversed(ORDER):
        record = read_record(state, name)
        stray = _stray(state, name) if living(record) is None else None
        if living(record) is None and stray is None:
            continue
        with step(name, "stopping") as shown:
            stop(stray or record)
            shown.outcome = "stopped in {seconds}"


def _stray(state: State, name: str) -> Record | None:
    """Return a process ``name`` of this sandbox that was never recorded: its command line names the state directory."""
    mark = f"={state.cluster}/"
    for process in psutil.process_iter(["cmdline", "create_time"]):
        command = process.info["cmdline"] or []
        if command and Path(command[0]).name == name and any(mark in argument for argument in command[1:]):
            return Record(
                name=name, pid=process.pid, started=process.info["create_time"], command_sha256=digest(command)
            )
    return None


def _volumes(state: State) -> list[Path]:
    """Return the directories that the controller manager made for volumes outside the state directory."""
    try:
        api = KubeApi.from_kubeconfig(state.kubeconfig("admin"), timeout=5.0, retry=False)
        found = [text_at(volume, "spec", "hostPath", "path") for volume in api.list_all("/api/v1/persistentvolumes")]
    except KoggeError:
        # Nobody can say any more which were ours; they are empty directories.
        return []
    return [Path(path) for path in found if _VOLUME.fullmatch(path)]


def _remove(state: State, volumes: list[Path]) -> None:
    for directory in (state.cluster, state.identities, *state.of_its_platform, *volumes):
        if directory.exists():
            shutil.rmtree(directory)
    with suppress(OSError):
        # Only when no other sandbox has volumes there.
        VOLUMES.rmdir()
    state.status_file.unlink(missing_ok=True)
    # The marker last: a removal that is killed half way can be run again.
    state.marker.unlink(missing_ok=True)
