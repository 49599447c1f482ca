"""Waiting for what has been started, with an end, and with the culprit's own words when it does not come."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import urllib3

from kogge.clusters.api import KubeApi
from kogge.clusters.condition import has_condition
from kogge.clusters.errors import ApiError
from kogge.json_value import JsonObject
from sandbox.controlplane.certificates import certificate_path, key_path
from sandbox.controlplane.prerequisites import NODES
from sandbox.controlplane.process import last_lines, living, read_record
from sandbox.controlplane.state import State
from sandbox.fault import SandboxError

WAIT_SECONDS = 120.0
POLL_SECONDS = 0.1


class StartFailed(SandboxError):  # noqa: N818 - reads as what happened
    """A component ended, or did not become ready in time."""


def until(
    ready: Callable[[], bool], what: str, state: State, watched: Sequence[str], *, seconds: float = WAIT_SECONDS
) -> None:
    """Return when ``ready()`` is true; ``what`` is it that we wait for.

    Raises :class:`StartFailed` with the last lines of the culprit's log when one of the ``watched``
    components ends before, or with those of the first one after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        for name in watched:
            if living(read_record(state, name)) is None:
                raise _failed(f"{name} ended while {what} was awaited", state, name)
        if time.monotonic() > deadline:
            raise _failed(f"{what} did not come within {seconds:.0f} s", state, watched[0])
        time.sleep(POLL_SECONDS)


def _failed(text: str, state: State, name: str) -> StartFailed:
    log = state.log(name)
    return StartFailed(
        f"{text}; the last lines of {log}:\n{last_lines(log)}",
        hint="correct what they say, then run 'kogge sandbox up' again: it continues where this one stopped",
    )


def etcd_answers(state: State, port: int) -> bool:
    """Say whether etcd serves the apiserver's identity."""
    pool = urllib3.HTTPSConnectionPool(
        "127.0.0.1",
        port,
        ca_certs=str(certificate_path(state, "etcd-ca")),
        cert_file=str(certificate_path(state, "apiserver-etcd")),
        key_file=str(key_path(state, "apiserver-etcd")),
        timeout=2.0,
        retries=False,
    )
    try:
        return bool(pool.request("GET", "/health").status == 200)
    except urllib3.exceptions.HTTPError:
        return False
    finally:
        pool.close()


def apiserver_answers(api: KubeApi) -> bool:
    """Say whether the apiserver is ready to serve."""
    try:
        return api.text("/readyz") == "ok"
    except ApiError:
        return False


def is_ready(node: JsonObject) -> bool:
    """Say whether ``node`` reports that it is Ready."""
    return has_condition(node, "Ready")


def workloads_ready(api: KubeApi) -> bool:
    """Say whether the nodes are Ready and the cluster's own Deployments are available: everything works together."""
    try:
        nodes = api.list_all("/api/v1/nodes")
        deployments = [
            *api.list_all("/apis/apps/v1/namespaces/kube-system/deployments"),
            *api.list_all("/apis/apps/v1/namespaces/ingress-nginx/deployments"),
        ]
    except ApiError:
        return False
    enough = sum(map(is_ready, nodes)) >= len(NODES) and len(deployments) > 1
    return enough and all(has_condition(found, "Available") for found in deployments)
