"""What became of one stack, and of a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kogge.errors import ExitCode


class Result(StrEnum):
    """What became of one stack."""

    CREATED = "created"
    """It is new."""
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """Pulumi ran and changed nothing."""
    SKIPPED = "skipped"
    """Nothing that could change it has changed since the last apply: Pulumi did not run."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan."""

    operation: str
    """Pulumi's word: create, update, delete, replace …"""
    what: str
    """Kind, namespace and name."""
    fields: tuple[str, ...] = ()
    """Paths that differ, without their values."""


@dataclass(frozen=True, slots=True)
class StackOutcome:
    """One stack after a plan or an apply."""

    stack: str
    result: Result
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    """Pulumi's operation -> number of resources; ``same`` is left out."""
    changes: tuple[Change, ...] = ()
    message: str = ""
    """Why it failed."""
    hint: str = ""

    @property
    def changed(self) -> int:
        """Number of resources that were or would be touched."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """All stacks of one run, in the order of the run."""

    stacks: tuple[StackOutcome, ...]
    seconds: float

    @property
    def exit_code(self) -> ExitCode:
        """FAILED when a stack failed, else CLEAN."""
        return ExitCode.FAILED if any(s.result is Result.FAILED for s in self.stacks) else ExitCode.CLEAN
