"""What came of a run, host by host and role by role; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kogge.hostrun.events import EventKind, HostEvent


class Outcome(StrEnum):
    """How a role ended on a host."""

    CLEAN = "clean"
    """Nothing differed."""
    CHANGED = "changed"
    """Something was changed; in check mode: would be."""
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    NOT_RUN = "not run"
    """An earlier host or role failed first, or the run was killed."""


@dataclass(frozen=True, slots=True)
class RoleResult:
    """One role on one host."""

    host: str
    role: str
    outcome: Outcome
    changes: tuple[str, ...] = ()
    """``<task>: <what>`` for each change."""
    changed_tasks: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    not_verifiable: tuple[str, ...] = ()
    message: str = ""
    """Why it failed or did not run."""
    seconds: float = 0.0
    """From the first to the last word of the host."""


@dataclass(frozen=True, slots=True)
class HostRunSummary:
    """All roles on all hosts of one run."""

    results: tuple[RoleResult, ...]
    check: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every role came to its end on every host."""
        return all(result.outcome in (Outcome.CLEAN, Outcome.CHANGED) for result in self.results)

    @property
    def changed(self) -> bool:
        """Whether anything was changed; in check mode: would be."""
        return any(result.outcome is Outcome.CHANGED for result in self.results)


def role_result(host: str, role: str, events: Iterable[HostEvent], *, ended: bool) -> RoleResult:
    """Return how ``role`` ended on ``host``; ``ended`` says whether the run itself came to its end."""
    mine = [event for event in events if event.host == host]
    done = [event for event in mine if event.kind in (EventKind.OK, EventKind.SKIPPED)]
    broken = next((event for event in mine if event.kind in (EventKind.FAILED, EventKind.UNREACHABLE)), None)
    changed = [event for event in mine if event.changed]
    if broken is not None:
        unreachable = broken.kind is EventKind.UNREACHABLE
        outcome = Outcome.UNREACHABLE if unreachable else Outcome.FAILED
        told = " ".join(broken.message.split())
        message = f"not reached by ssh: {told}" if unreachable else f"{broken.task}: {told}"
    elif not done:
        outcome, message = Outcome.NOT_RUN, "an earlier host failed" if ended else "the run did not come to its end"
    elif not ended:
        outcome, message = Outcome.FAILED, "the run did not come to its end"
    else:
        outcome, message = Outcome.CHANGED if changed else Outcome.CLEAN, ""
    return RoleResult(
        host=host,
        role=role,
        outcome=outcome,
        changes=tuple(line for event in changed for line in _lines(event)),
        changed_tasks=tuple(event.task for event in changed),
        foreign=tuple(line for event in mine for line in event.foreign),
        not_verifiable=tuple(line for event in mine for line in event.not_verifiable),
        message=message,
        seconds=mine[-1].at - mine[0].at if mine else 0.0,
    )


def _lines(event: HostEvent) -> tuple[str, ...]:
    return tuple(f"{event.task}: {change}" for change in event.changes) or (event.task,)
