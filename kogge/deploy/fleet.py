"""Plans or applies hosts and stacks: hosts first, then the platform, then tenants beside each other.

A failed tenant stops no other. A failed host stops the tenants whose database it has.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from kogge.deploy.outcome import FleetOutcome, HostOutcome, Result, StackOutcome
from kogge.deploy.run import Run
from kogge.deploy.stacks.stack import run_stack
from kogge.estate.estate import PLATFORM

if TYPE_CHECKING:
    from kogge.hostrun import HostEvent


class Progress(Protocol):
    """Told what happens, from several threads."""

    def selected(self, stacks: Mapping[str, str]) -> None:
        """The run takes these stacks, each for the reason given."""

    def started(self, stack: str) -> None:
        """Work on a stack began."""

    def step(self, stack: str, text: str) -> None:
        """Something is being done in a stack."""

    def finished(self, outcome: StackOutcome | HostOutcome) -> None:
        """A host or a stack is done."""


def run_fleet(
    run: Run,
    stacks: Mapping[str, str],
    progress: Progress,
    *,
    hosts: Sequence[str] = (),
    parallel: int | None = None,
) -> FleetOutcome:
    """Plan or apply the hosts, then the stacks in their order, and return what became of each.

    Ctrl-C lets every Pulumi finish what is under way; a second one ends them at once.
    """
    began = time.monotonic()
    progress.selected(stacks)
    outcomes: dict[str, StackOutcome] = {}
    machines = _hosts(run, hosts, progress)
    without = {machine.host for machine in machines if machine.result is Result.FAILED}

    def one(stack: str) -> None:
        progress.started(stack)
        outcomes[stack] = run_stack(run, stack, lambda text: progress.step(stack, text))
        progress.finished(outcomes[stack])

    with _interruptible(run):
        if PLATFORM in stacks:
            one(PLATFORM)
        rest = [stack for stack in stacks if stack != PLATFORM]
        for stack in [name for name in rest if _database_host(run, name) in without]:
            message = f"not tried: its database host {_database_host(run, stack)} failed"
            outcomes[stack] = StackOutcome(stack, Result.FAILED, 0.0, message=message, hint="mend that first")
            rest.remove(stack)
        if PLATFORM in outcomes and outcomes[PLATFORM].result is Result.FAILED:
            for stack in rest:
                outcomes[stack] = StackOutcome(
                    stack, Result.FAILED, 0.0, message="not tried: the platform stack failed", hint="mend that first"
                )
        else:
            _beside_each_other(one, rest, parallel or os.cpu_count() or 2)
    return FleetOutcome(tuple(outcomes[s] for s in stacks if s in outcomes), time.monotonic() - began, machines)


def _hosts(run: Run, hosts: Sequence[str], progress: Progress) -> tuple[HostOutcome, ...]:
    if not hosts:
        return ()
    # Ansible and its documents take a while to import; a run without hosts gets by without them.
    from kogge.deploy.hosts.stage import describe, run_host_stage

    def told(event: HostEvent) -> None:
        if (text := describe(event)) is not None:
            progress.step(event.host or "hosts", text)

    machines = run_host_stage(run, hosts, told)
    for machine in machines:
        progress.finished(machine)
    return machines


def _database_host(run: Run, stack: str) -> str | None:
    tenant = run.estate.tenants.get(stack)
    return tenant.placement.database_host if tenant else None


def _beside_each_other(one: Callable[[str], None], stacks: Sequence[str], parallel: int) -> None:
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="stack") as pool:
        pending: set[Future[None]] = {pool.submit(one, stack) for stack in stacks}
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()


class _interruptible:  # noqa: N801 (a context manager, used like a function)
    """Turns SIGINT and SIGTERM into an interrupt of every running Pulumi while the block runs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> None:
        self._old = {}
        if threading.current_thread() is threading.main_thread():
            self._old = {s: signal.signal(s, self._handle) for s in (signal.SIGINT, signal.SIGTERM)}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._run.interrupt()
