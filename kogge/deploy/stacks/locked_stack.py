"""Runs Pulumi on one stack whose lock is held. What must be asked before, and what is done after, is the caller's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil
from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from kogge.deploy.outcome import ResourceChange
from kogge.deploy.plan import DesiredStack
from kogge.deploy.session import InterruptedRunError, Session
from kogge.deploy.stacks.engine import Cli, open_stack
from kogge.deploy.stacks.environment import passphrase, project_directory, settings_file, stack_environment
from kogge.deploy.stacks.events import Events
from kogge.deploy.stacks.reasons import Reason, lock_holders, reason_for
from kogge.errors import KoggeError
from stacks.choice import program

Command = Callable[[automation.Stack, Events], object]
"""What Pulumi is asked to do."""


@dataclass(frozen=True, slots=True)
class LockedStack:
    """A stack whose lock this run holds."""

    session: Session
    desired: DesiredStack
    lock: int
    """The lock's descriptor, which every Pulumi of the run inherits."""
    step: Callable[[str], None]
    """Told what is being done."""


@dataclass(frozen=True, slots=True)
class PulumiRun:
    """What Pulumi did, or would do."""

    new: bool
    """The stack was made by it."""
    counts: Mapping[str, int]
    changes: tuple[ResourceChange, ...]
    failure: Reason | None = None


def run_pulumi(locked: LockedStack, command: Command, *, new: bool) -> PulumiRun:
    """Run a command of Pulumi; a lock that a killed run left in the backend is taken away once.

    :raises KoggeError: somebody else holds the stack, or the run was interrupted.
    """
    try:
        return _run(locked, command, new=new)
    except ConcurrentUpdateError as error:
        _refuse_if_held(locked.desired.stack, error)
    locked.step("taking away the lock of a killed run")
    with _opened(locked, new=False) as stack:
        stack.cancel()
    try:
        return _run(locked, command, new=False)
    except ConcurrentUpdateError as again:
        raise KoggeError(
            f"{locked.desired.stack} is locked in the state backend",
            hint=f"kogge env {locked.desired.stack} -- pulumi cancel --yes",
        ) from again


def _refuse_if_held(stack: str, error: ConcurrentUpdateError) -> None:
    holders = lock_holders(str(error))
    held = [holder for holder in holders if not holder.here or _runs(holder.pid)]
    if held or not holders:
        names = ", ".join(f"{h.user}@{h.host}, process {h.pid}" for h in held) or "somebody"
        raise KoggeError(
            f"{stack} is being changed by {names}",
            hint=f"wait for it to end; if that machine is gone for good: kogge env {stack} -- pulumi cancel --yes",
        ) from error


@contextlib.contextmanager
def _opened(locked: LockedStack, *, new: bool) -> Iterator[automation.Stack]:
    """Give the stack as long as the block runs: no longer is there a file with its passphrase."""
    session, stack = locked.session, locked.desired.stack
    with passphrase(session.estate, session.keyring, stack) as secret:
        environment = stack_environment(session.estate, stack, secret.file)
        cli = Cli(environment["PATH"], inherit=(locked.lock, secret.lock))
        session.watch(cli)
        if new:
            # Settings that outlived their stack name the salt of a passphrase that is gone with it.
            settings_file(session.estate, stack).unlink(missing_ok=True)
        yield open_stack(
            stack,
            program=program(stack, session.estate, session.keyring),
            directory=project_directory(session.estate),
            environment=environment,
            cli=cli,
            new=new,
        )


def _run(locked: LockedStack, command: Command, *, new: bool) -> PulumiRun:
    events = Events(locked.step)
    failure = None
    try:
        with _opened(locked, new=new) as stack:
            command(stack, events)
    except ConcurrentUpdateError:
        raise
    except CommandError as error:
        if locked.session.interrupted:
            raise InterruptedRunError("interrupted", hint="run the command again: it continues") from error
        failure = reason_for(events.errors, str(error))
    return PulumiRun(new, dict(events.counts), tuple(events.changes), failure)


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected yet, as after a killed run, does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
