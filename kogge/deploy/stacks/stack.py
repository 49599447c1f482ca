"""Plans or applies one stack, from the question whether it need run at all to its record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from kogge import places
from kogge.deploy.lock import stack_lock
from kogge.deploy.outcome import Result, StackOutcome
from kogge.deploy.run import InterruptedRunError, Run
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.target import is_unchanged, target_of
from kogge.errors import KoggeError

Step = Callable[[str], None]


def run_stack(run: Run, stack: str, step: Step) -> StackOutcome:
    """Plan or apply one stack; every error becomes part of the outcome."""
    began = time.monotonic()
    try:
        if run.interrupted:
            raise InterruptedRunError("not begun: the run was interrupted", hint="run the command again: it continues")
        outcome = _run(run, stack, step)
    except KoggeError as error:
        outcome = StackOutcome(stack, Result.FAILED, 0.0, message=error.message, hint=error.hint or "")
    return replace(outcome, seconds=time.monotonic() - began)


def _run(run: Run, stack: str, step: Step) -> StackOutcome:
    target = target_of(run.estate, stack, lambda name: run.clusters.version(name, stack))
    backend = Backend(run.estate)
    if not run.force and is_unchanged(run.estate, target, backend.read(stack)):
        return StackOutcome(stack, Result.SKIPPED, 0.0)
    if run.apply and not run.break_freeze and (frozen := _frozen(run, stack)):
        return frozen
    # Pulumi's SDK takes half a second to import; a run with nothing to do gets by without it.
    from kogge.deploy.stacks.operate import operate

    with stack_lock(places.locks(run.estate.root), stack) as lock:
        return operate(run, target, backend, lock, step)


def _frozen(run: Run, stack: str) -> StackOutcome | None:
    """Return what becomes of a tenant that its file freezes today; None where nothing holds it."""
    tenant = run.estate.tenants.get(stack)
    freeze = tenant.freeze_on(run.estate.as_of) if tenant is not None else None
    if freeze is None:
        return None
    message = f"has changes, and its file freezes it until {freeze.until}: {freeze.why}"
    return StackOutcome(stack, Result.HELD, 0.0, message=message, hint="wait, or give --break-freeze")
