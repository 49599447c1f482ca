"""Adds to the plan of one stack what an apply would do there; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from kogge import places
from kogge.deploy.keys import require_key
from kogge.deploy.lock import stack_lock
from kogge.deploy.outcome import ResourceChange, Result
from kogge.deploy.plan import DesiredStack, StackPlan
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.locked_stack import LockedStack, run_pulumi
from kogge.deploy.stacks.takeover import refuse_unasked
from kogge.errors import KoggeError


def preview_stack(
    session: Session, plan: StackPlan, desired: DesiredStack, *, adopt: bool, step: Callable[[str], None]
) -> StackPlan:
    """Return the plan with its operations; every error becomes part of it."""
    began = time.monotonic()
    try:
        session.refuse_when_interrupted()
        with stack_lock(places.locks(session.estate.root), plan.stack) as lock:
            plan = _preview(plan, LockedStack(session, desired, lock, step), adopt=adopt)
    except KoggeError as error:
        plan = plan.failed(error.message, error.hint or "")
    return replace(plan, seconds=plan.seconds + time.monotonic() - began)


def _preview(plan: StackPlan, locked: LockedStack, *, adopt: bool) -> StackPlan:
    session, desired = locked.session, locked.desired
    state = Backend(session.estate).read(plan.stack)
    refuse_unasked(session, desired, state, adopt=adopt)
    if state is None:
        if session.keyring.has(plan.stack):
            require_key(session.estate, session.keyring, plan.stack)
        # Pulumi cannot preview a stack that does not exist: all of it is made.
        changes = tuple(ResourceChange("create", str(item.ref)) for item in desired.items)
        return replace(plan, result=Result.CREATED, counts={"create": len(changes)}, changes=changes)
    require_key(session.estate, session.keyring, plan.stack)
    run = run_pulumi(locked, lambda stack, events: stack.preview(on_event=events), new=False)
    if run.failure is not None:
        plan = plan.failed(run.failure.message, run.failure.hint)
    else:
        plan = replace(plan, result=Result.UPDATED if run.counts else Result.UNCHANGED)
    return replace(plan, counts=run.counts, changes=run.changes)
