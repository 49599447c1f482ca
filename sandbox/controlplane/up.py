"""Bring the control plane up, from whatever an earlier run left.

Every step looks first and does only what is missing, so a start that was killed anywhere is
continued by the next one, and a start with nothing to do only looks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge import toolpath
from kogge.atomic import write_atomically
from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError
from kogge.json_value import text_at
from sandbox.controlplane import certificates, identities, kubeconfig, ports, prerequisites, process, readiness, status
from sandbox.controlplane.components import AUDIT_POLICY, Component, audit_policy_path, components
from sandbox.controlplane.down import stop_processes
from sandbox.controlplane.ports import Ports
from sandbox.controlplane.state import State, create
from sandbox.controlplane.volumes import ensure_shared
from sandbox.fault import disk_error
from sandbox.lock import exclusive
from sandbox.progress import step
from sandbox.room import require_room
from sandbox.tools import toolset

FIELD_MANAGER: Final = "kogge-sandbox"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``up`` did."""

    started: tuple[str, ...]
    """Names of the components that were started; empty when everything ran already."""
    seconds: float


def up(state: State, checkout: Path, *, new_ports: bool = False) -> Outcome:
    """Make the control plane of ``state`` run, with the programs of ``checkout``.

    Raises :class:`~sandbox.fault.SandboxError` or :class:`~sandbox.lock.LockHeld` with the next step.
    """
    began = time.monotonic()
    if not toolset.is_current(checkout):
        toolset.prepare(checkout)
    try:
        create(state)
        with exclusive(state.lock, "kogge sandbox up"):
            started = _up(state, toolpath.toolset(checkout) / "bin", new_ports=new_ports)
    except OSError as error:
        raise disk_error(error, state.directory) from error
    return Outcome(started, time.monotonic() - began)


def _up(state: State, programs: Path, *, new_ports: bool) -> tuple[str, ...]:
    if new_ports:
        stop_processes(state)
    chosen = ports.ensure(state, new=new_ports)
    wanted = components(state, chosen, programs)
    ensure_shared()
    if _runs_already(state, wanted):
        return ()
    require_room(state.directory)
    certificates.ensure(state)
    identities.ensure(state)
    kubeconfig.ensure(state, chosen.apiserver)
    write_atomically(audit_policy_path(state), AUDIT_POLICY)
    started = _start(state, wanted, chosen)
    write_atomically(state.status_file, json.dumps(status.as_json(status.read(state)), indent=2) + "\n")
    return started


def _runs_already(state: State, wanted: Sequence[Component]) -> bool:
    """Say whether every component runs as it should and the apiserver answers.

    ``status.json`` is the last file that a start writes: without it the start was not finished.
    """
    if not state.status_file.exists() or not all(process.is_current(state, component) for component in wanted):
        return False
    return readiness.apiserver_answers(_admin(state))


def _start(state: State, wanted: Sequence[Component], chosen: Ports) -> tuple[str, ...]:
    """Start what does not run, in order, and wait until all of it works together; return what was started."""
    state.status_file.unlink(missing_ok=True)
    _stop_outdated(state, wanted)
    api = _admin(state)
    etcd, apiserver, *others = wanted
    started = [
        *_ensure_ready(state, etcd, lambda: readiness.etcd_answers(state, chosen.etcd_client)),
        *_ensure_ready(state, apiserver, lambda: readiness.apiserver_answers(api)),
    ]
    readiness.until(lambda: _write_uid(state, api), "the namespace kube-system", state, (apiserver.name,))
    for manifest in prerequisites.manifests():
        api.apply(manifest, field_manager=FIELD_MANAGER)
    started += [component.name for component in others if _ensure_started(state, component)]
    with step("cluster", "waiting for nodes, DNS and ingress") as shown:
        watched = [component.name for component in (*others, etcd, apiserver)]
        readiness.until(lambda: readiness.workloads_ready(api), "a working cluster", state, watched)
        shown.outcome = "nodes, DNS and ingress ready in {seconds}"
    return tuple(started)


def _ensure_ready(state: State, component: Component, ready: Callable[[], bool]) -> tuple[str, ...]:
    """Start ``component`` unless it runs, wait until it is ready, and return its name if it was started."""
    with step(component.name, "starting") as shown:
        started = _ensure_started(state, component)
        readiness.until(ready, f"{component.name} ready", state, (component.name,))
        shown.outcome = "ready in {seconds}" if started else "runs already"
    return (component.name,) if started else ()


def _stop_outdated(state: State, wanted: Sequence[Component]) -> None:
    """Stop what runs with another command line than it should (older pins), users before what they use."""
    for component in reversed(wanted):
        if not process.is_current(state, component):
            process.stop(process.read_record(state, component.name))


def _ensure_started(state: State, component: Component) -> bool:
    """Start ``component`` unless it runs already; return whether it was started."""
    if process.is_current(state, component):
        return False
    if component.port is not None:
        ports.require_free(component.port, component.name)
    process.start(state, component)
    return True


def _write_uid(state: State, api: KubeApi) -> bool:
    """Write the uid of ``kube-system``; return ``False`` while the apiserver has not made that namespace yet."""
    try:
        uid = text_at(api.get("/api/v1/namespaces/kube-system"), "metadata", "uid")
    except ApiError:
        return False
    write_atomically(state.uid_file, f"{uid}\n")
    return True


def _admin(state: State) -> KubeApi:
    return KubeApi.from_kubeconfig(state.kubeconfig("admin"), timeout=10.0, retry=False)
