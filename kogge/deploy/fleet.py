"""Plans, previews and applies the hosts and stacks of one run: hosts first, then the platform, then tenants.

What is done with one stack is ``deploy.stacks``' to say, with hosts ``deploy.hosts``'.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Protocol, TypeVar

from kogge.deploy.options import UpOptions
from kogge.deploy.order import in_order
from kogge.deploy.outcome import FleetOutcome, HostOutcome, Result, StackOutcome
from kogge.deploy.plan import FleetPlan, HostPlan, StackPlan
from kogge.deploy.selection import select_hosts, select_stacks
from kogge.deploy.session import Session
from kogge.deploy.stacks.planning import plan_stack, unplanned

if TYPE_CHECKING:
    from kogge.hostrun import HostEvent


Step = Callable[[str], None]
"""Told what is being done."""
_Stack = TypeVar("_Stack", StackPlan, StackOutcome)


class Progress(Protocol):
    """Told what happens, from several threads."""

    def selected(self, stacks: Mapping[str, str]) -> None:
        """The run takes these stacks, each for the reason given."""

    def started(self, stack: str) -> None:
        """Work on a stack began."""

    def step(self, stack: str, text: str) -> None:
        """Something is being done in a stack."""

    def finished(self, one: StackPlan | StackOutcome | HostPlan | HostOutcome) -> None:
        """A host or a stack is previewed or applied."""


def plan_fleet(session: Session, options: UpOptions, progress: Progress) -> FleetPlan:
    """Choose what a run does with which hosts and stacks; nothing is written, and no Pulumi and no Ansible runs.

    :raises UsageError: nothing is named, or a name is no tenant's.
    """
    began = time.monotonic()
    stacks = select_stacks(session.estate, options.names, everything=options.everything)
    progress.selected(stacks)
    hosts = select_hosts(session.estate, stacks, everything=options.everything) if options.hosts else ()
    planned: tuple[HostPlan, ...] = ()
    if hosts:
        # What they should be takes a while to import; a run without hosts gets by without it.
        from kogge.deploy.hosts.planning import plan_hosts

        planned = plan_hosts(session, hosts, force=options.force)
    plans = in_order(
        [unplanned(session, stack, why) for stack, why in stacks.items()],
        lambda stack: plan_stack(session, stack, options),
        lambda stack: stack,
        # Where the platform fails, a cluster that does not answer is not asked once more for every tenant.
        failed_hosts=(),
        parallel=options.parallel,
    )
    if changing := {plan.stack: plan.why for plan in plans if plan.why != stacks[plan.stack]}:
        progress.selected(changing)
    return FleetPlan(options, plans, planned, time.monotonic() - began)


def preview_fleet(session: Session, plan: FleetPlan, progress: Progress) -> FleetPlan:
    """Return the plan with the operations that an apply would consist of; nothing is written."""
    began = time.monotonic()
    hosts = plan.hosts
    if hosts:
        from kogge.deploy.hosts.converge import preview_hosts

        hosts = preview_hosts(session, hosts, partial(_tell, progress))

    def one(stack: StackPlan, step: Step) -> StackPlan:
        if stack.desired is None:
            return stack
        # Pulumi's SDK takes half a second to import; a run with nothing to do gets by without it.
        from kogge.deploy.stacks.preview import preview_stack

        return preview_stack(session, stack, stack.desired, adopt=plan.options.adopt, step=step)

    stacks = _stacks(session, plan, hosts, progress, one, lambda stack: stack)
    return replace(plan, hosts=hosts, stacks=stacks, seconds=plan.seconds + time.monotonic() - began)


def apply_fleet(session: Session, plan: FleetPlan, progress: Progress) -> FleetOutcome:
    """Apply a plan and return what became of each host and stack.

    Ctrl-C lets every Pulumi finish what is under way; a second one ends them at once.
    """
    began = time.monotonic()
    hosts: tuple[HostOutcome, ...] = ()
    if plan.hosts:
        from kogge.deploy.hosts.converge import apply_hosts

        hosts = apply_hosts(session, plan.hosts, partial(_tell, progress))

    def one(stack: StackPlan, step: Step) -> StackOutcome:
        if stack.desired is None:
            return stack.outcome()
        from kogge.deploy.stacks.apply import apply_stack

        outcome = apply_stack(session, stack.desired, adopt=plan.options.adopt, step=step)
        return replace(outcome, seconds=stack.seconds + outcome.seconds)

    stacks = _stacks(session, plan, hosts, progress, one, StackPlan.outcome)
    return FleetOutcome(stacks, plan.seconds + time.monotonic() - began, hosts)


def _stacks(
    session: Session,
    plan: FleetPlan,
    hosts: Sequence[HostPlan | HostOutcome],
    progress: Progress,
    one: Callable[[StackPlan, Step], _Stack],
    left: Callable[[StackPlan], _Stack],
) -> tuple[_Stack, ...]:
    """Do ``one`` with every stack in its turn, and tell of it; ``left`` says what those become that are not tried."""

    def tried(stack: StackPlan) -> _Stack:
        progress.started(stack.stack)
        done = one(stack, partial(progress.step, stack.stack))
        progress.finished(done)
        return done

    for host in hosts:
        progress.finished(host)
    failed = {host.host for host in hosts if host.result is Result.FAILED}
    with _interruptible(session):
        return in_order(plan.stacks, tried, left, failed_hosts=failed, parallel=plan.options.parallel)


def _tell(progress: Progress, event: HostEvent) -> None:
    """Tell what begins on a host; the other events say nothing new."""
    from kogge.hostrun import EventKind

    if event.kind is EventKind.START and event.task:
        progress.step(event.host or "hosts", f"{event.role}: {event.task}")


class _interruptible:  # noqa: N801 (a context manager, used like a function)
    """Turns SIGINT and SIGTERM into an interrupt of every running Pulumi while the block runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._old = {}
        if threading.current_thread() is threading.main_thread():
            self._old = {s: signal.signal(s, self._handle) for s in (signal.SIGINT, signal.SIGTERM)}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._session.interrupt()
