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
    HELD = "held"
    """It stays as it is: a freeze of the tenant's file, or in a plan what the platform stack has to make first."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ResourceChange:
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
    changes: tuple[ResourceChange, ...] = ()
    message: str = ""
    """Why it failed."""
    hint: str = ""

    @property
    def changed(self) -> int:
        """Number of resources that were or would be touched."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class HostOutcome:
    """One host after a plan or an apply."""

    host: str
    result: Result
    seconds: float = 0.0
    changes: tuple[str, ...] = ()
    """``<role>: <task>: <what>``."""
    not_verifiable: tuple[str, ...] = ()
    """What was configured and cannot be seen working on this kind of machine."""
    foreign: tuple[str, ...] = ()
    """What is there and nobody declared; never removed by a run."""
    message: str = ""
    """Why it failed."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """All hosts and stacks of one run, in the order of the run."""

    stacks: tuple[StackOutcome, ...]
    seconds: float
    hosts: tuple[HostOutcome, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """FAILED when a host or a stack failed, else CLEAN."""
        results = [host.result for host in self.hosts] + [stack.result for stack in self.stacks]
        return ExitCode.FAILED if Result.FAILED in results else ExitCode.CLEAN
