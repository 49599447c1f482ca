"""Runs Pulumi on one locked stack, after every question that must be asked before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import psutil
from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from kogge import places
from kogge.defaults.learning import learn
from kogge.deploy.applied import stack_record, write_record
from kogge.deploy.keys import ensure_key
from kogge.deploy.outcome import Change, Result, StackOutcome
from kogge.deploy.run import InterruptedRunError, Run
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.diagnosis import unready
from kogge.deploy.stacks.engine import Cli, open_stack
from kogge.deploy.stacks.environment import (
    passphrase_file,
    project_directory,
    settings_file,
    stack_environment,
)
from kogge.deploy.stacks.events import Events
from kogge.deploy.stacks.reasons import lock_holders, reason_for
from kogge.deploy.stacks.takeover import refuse_removal, refuse_takeover, strangers
from kogge.deploy.stacks.target import Target, target_of
from kogge.derived import Derived, Encoded, Purpose
from kogge.desired import DesiredObject, spaces
from kogge.errors import KoggeError
from stacks.choice import program

Step = Callable[[str], None]


def operate(run: Run, target: Target, backend: Backend, lock: int, step: Step) -> StackOutcome:
    """Plan or apply the stack whose lock is held.

    :raises KoggeError: the run would write to a wrong cluster, take over or take away what it must not, or use a key
        that is not there.
    """
    state = backend.read(target.stack)
    apis = {cluster: run.clusters.for_stack(cluster, target.stack) for cluster in target.clusters}
    refuse_removal(target.stack, target.items, state, run.estate)
    if not run.adopt:
        refuse_takeover(target.stack, strangers(target.items, state, apis))
    if state is None and not run.apply:
        return _new_stack(target)
    ensure_key(run.estate, run.keyring, target.stack)
    if run.apply:
        _learn(run, target, applied=False)
    outcome = _unlocked(run, target, lock, step, new=state is None)
    if not run.apply:
        return outcome
    if outcome.result is Result.FAILED:
        return _explained(outcome, list(unready(target, apis)))
    _record(run, target, backend)
    return outcome


def _explained(outcome: StackOutcome, causes: list[str]) -> StackOutcome:
    """Return the outcome of a failed apply with what the cluster says of the stack's workloads."""
    if not causes:
        return outcome
    reason = reason_for(causes, "")
    return replace(outcome, message="\n".join((outcome.message, reason.message)), hint=reason.hint)


def _new_stack(target: Target) -> StackOutcome:
    """Return the plan of a stack that does not exist: all of it is made."""
    changes = tuple(Change("create", str(item.ref)) for item in target.items)
    return StackOutcome(target.stack, Result.CREATED, 0.0, counts={"create": len(changes)}, changes=changes)


def _unlocked(run: Run, target: Target, lock: int, step: Step, *, new: bool) -> StackOutcome:
    """Run Pulumi; a lock that a killed run left in the backend is taken away once."""
    try:
        return _pulumi(run, target, lock, step, new=new)
    except ConcurrentUpdateError as error:
        held = [holder for holder in lock_holders(str(error)) if not holder.here or _runs(holder.pid)]
        if held or not lock_holders(str(error)):
            names = ", ".join(f"{h.user}@{h.host}, process {h.pid}" for h in held) or "somebody"
            raise KoggeError(
                f"{target.stack} is being changed by {names}",
                hint="wait for it to end; if that machine is gone for good: pulumi cancel --yes (after `kogge env`)",
            ) from error
        step("taking away the lock of a killed run")
        _stack(run, target, lock, new=False).cancel()
        try:
            return _pulumi(run, target, lock, step, new=False)
        except ConcurrentUpdateError as again:
            raise KoggeError(f"{target.stack} is locked in the state backend", hint="pulumi cancel --yes") from again


def _stack(run: Run, target: Target, lock: int, *, new: bool) -> automation.Stack:
    environment = stack_environment(run.estate, target.stack, passphrase_file(run.estate, run.keyring, target.stack))
    cli = Cli(environment["PATH"], inherit=(lock,))
    run.watch(cli)
    if new:
        # Settings that outlived their stack name the salt of a passphrase that is gone with it.
        settings_file(run.estate, target.stack).unlink(missing_ok=True)
    return open_stack(
        target.stack,
        program=program(target.stack, run.estate, run.keyring),
        directory=project_directory(run.estate),
        environment=environment,
        cli=cli,
        new=new,
    )


def _pulumi(run: Run, target: Target, lock: int, step: Step, *, new: bool) -> StackOutcome:
    events = Events(step)
    try:
        stack = _stack(run, target, lock, new=new)
        if run.apply:
            stack.up(on_event=events)
        else:
            stack.preview(on_event=events)
    except ConcurrentUpdateError:
        raise
    except CommandError as error:
        if run.interrupted:
            raise InterruptedRunError("interrupted", hint="run the command again: it continues") from error
        reason = reason_for(events.errors, str(error))
        return StackOutcome(
            target.stack, Result.FAILED, 0.0, dict(events.counts), tuple(events.changes), reason.message, reason.hint
        )
    result = Result.CREATED if new else Result.UPDATED if events.counts else Result.UNCHANGED
    return StackOutcome(target.stack, result, 0.0, dict(events.counts), tuple(events.changes))


def _secrets(items: Sequence[DesiredObject]) -> list[Derived | Encoded]:
    """Return every secret of the objects, in the form in which an object holds it."""
    return [
        value
        for item in items
        for value in (item.manifest.get("data") or {}).values()
        if isinstance(value, Derived | Encoded)
    ]


def _record(run: Run, target: Target, backend: Backend) -> None:
    """Keep what the nightly check and the next run need to know of an apply.

    What cannot be learned now is not clean to the nightly check: it says ``unknown``.
    """
    run.keyring.record(target.stack, [*_secrets(target.items), *_salts(run, target.stack)])
    _learn(run, target, applied=True)
    state = backend.read(target.stack)
    if state is not None:
        fresh = target_of(run.estate, target.stack, lambda name: run.clusters.version(name, target.stack))
        applied = replace(fresh.inputs, state=state.digest)
        write_record(stack_record(run.estate.root, target.stack), {target.stack: applied})


def _learn(run: Run, target: Target, *, applied: bool) -> None:
    directory = places.learned(run.estate.root)
    for cluster in target.clusters:
        manifests = [item.manifest for item in target.items if item.cluster == cluster]
        api = run.clusters.for_learning(cluster)
        learn(api, manifests, directory=directory, cluster=cluster, stack=target.stack, applied=applied)


def _salts(run: Run, stack: str) -> list[Derived]:
    """Return the salts of the tenant's database roles: by their digests the nightly check knows a role's verifier."""
    tenant = run.estate.tenants.get(stack)
    return [
        Derived(stack, Purpose.DATABASE_SALT, space.service.use)
        for space in (spaces(run.estate, tenant) if tenant is not None else ())
        if space.application.database
    ]


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected yet, as after a killed run, does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
