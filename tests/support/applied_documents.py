"""Documents of the hosts under test, changed and applied as a test wants, and runs that are killed."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Mapping
from typing import Any

import psutil

from kogge.deploy.hosts.roles import filled_document
from kogge.desired.hosts import host_documents
from kogge.hostrun import EventKind, HostEvent, HostRunSummary, RoleDocument, authorized_keys, open_access, run
from tests.support.fleet_under_test import FleetUnderTest


def document(hosts: FleetUnderTest, host: str, role: str, **changes: Any) -> RoleDocument:
    """Return a filled-in document of ``host``, some of its keys replaced."""
    for found in host_documents(hosts.estate, authorized_keys(hosts.estate)):
        if (found.host, found.role) == (host, role):
            filled = filled_document(found, hosts.keyring)
            return dataclasses.replace(filled, content={**filled.content, **changes})
    raise AssertionError(host)


def apply(hosts: FleetUnderTest, *documents: RoleDocument, **variables: Any) -> HostRunSummary:
    return run(open_access(hosts.estate), documents, variables=variables)


def with_file(files: Mapping[str, Any], concern: str, path: str, content: str) -> dict[str, Any]:
    changed = [{**file, "content": content} if file["path"] == path else file for file in files[concern]]
    return {**files, concern: changed}


def killed_run(hosts: FleetUnderTest, task: str, wanted: RoleDocument | None = None) -> None:
    """Start a run on edge1 in a process of its own and kill its whole group when ``task`` begins."""
    context = multiprocessing.get_context("fork")
    reached = context.Event()

    def watch(event: HostEvent) -> None:
        if event.kind is EventKind.START and event.task == task:
            reached.set()

    def child() -> None:
        os.setsid()
        run(open_access(hosts.estate), [wanted or document(hosts, "edge1", "baseline")], progress=watch)

    process = context.Process(target=child)
    process.start()
    assert reached.wait(60), f"{task} was never reached"
    for group in {process.pid, *ansible_groups(process.pid or 0)}:
        os.killpg(group or 0, signal.SIGKILL)
    process.join(20)


def ansible_groups(pid: int) -> set[int]:
    return {os.getpgid(child.pid) for child in psutil.Process(pid).children(recursive=True)}
