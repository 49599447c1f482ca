"""Makes one stack what it should be, after every question that must be asked before, and records what was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from kogge import places
from kogge.deploy.keys import ensure_key
from kogge.deploy.lock import stack_lock
from kogge.deploy.outcome import Result, StackOutcome
from kogge.deploy.plan import DesiredStack
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.binding import bind_own_spaces
from kogge.deploy.stacks.diagnosis import unready
from kogge.deploy.stacks.locked_stack import LockedStack, PulumiRun, run_pulumi
from kogge.deploy.stacks.reasons import Reason, reason_for
from kogge.deploy.stacks.recording import learn_defaults, record_apply
from kogge.deploy.stacks.takeover import refuse_removal, refuse_unasked
from kogge.errors import KoggeError


def apply_stack(session: Session, desired: DesiredStack, *, adopt: bool, step: Callable[[str], None]) -> StackOutcome:
    """Apply the stack and return what became of it; every error becomes part of that."""
    began = time.monotonic()
    try:
        session.refuse_when_interrupted()
        with stack_lock(places.locks(session.estate.root), desired.stack) as lock:
            outcome = _apply(LockedStack(session, desired, lock, step), adopt=adopt)
    except KoggeError as error:
        outcome = StackOutcome(desired.stack, Result.FAILED, 0.0, message=error.message, hint=error.hint or "")
    return replace(outcome, seconds=time.monotonic() - began)


def _apply(locked: LockedStack, *, adopt: bool) -> StackOutcome:
    session, desired = locked.session, locked.desired
    state = Backend(session.estate).read(desired.stack)
    refuse_removal(desired.stack, desired.items, state, session.estate)
    bind_own_spaces(session, desired, state, locked.step)
    refuse_unasked(session, desired, state, adopt=adopt)
    ensure_key(session.estate, session.keyring, desired.stack)
    learn_defaults(session, desired, applied=False)
    run = run_pulumi(locked, lambda stack, events: stack.up(on_event=events), new=state is None)
    if run.failure is not None:
        return _failed(locked, run, run.failure)
    record_apply(session, desired)
    result = Result.CREATED if run.new else Result.UPDATED if run.counts else Result.UNCHANGED
    return StackOutcome(desired.stack, result, 0.0, run.counts, run.changes)


def _failed(locked: LockedStack, run: PulumiRun, why: Reason) -> StackOutcome:
    """Return the outcome of a failed apply, with what the cluster says of the stack's workloads."""
    desired = locked.desired
    if causes := list(unready(desired, locked.session.clusters.of_stack(desired.stack, desired.clusters))):
        more = reason_for(causes, "")
        why = Reason(f"{why.message}\n{more.message}", more.hint)
    return StackOutcome(desired.stack, Result.FAILED, 0.0, run.counts, run.changes, why.message, why.hint)
