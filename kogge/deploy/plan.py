"""What a run would do, as a value: ``kogge plan`` shows it, ``kogge up`` applies it.

A plan is made in two steps. The first chooses what runs and why, and costs next to nothing; it is all that an apply
needs. A preview adds the operations. Nothing is planned or applied here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kogge.deploy.applied import Applied
from kogge.deploy.options import UpOptions
from kogge.deploy.outcome import HostOutcome, ResourceChange, Result, StackOutcome
from kogge.desired.objects import DesiredObject, HostDocument
from kogge.errors import ExitCode


@dataclass(frozen=True, slots=True)
class DesiredStack:
    """What a stack should be."""

    stack: str
    items: tuple[DesiredObject, ...]
    clusters: tuple[str, ...]
    """Names of the clusters it writes to."""
    inputs: Applied
    """The record an apply would leave; its ``state`` is empty."""


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What is planned for one stack."""

    stack: str
    why: str
    """Why the run takes it."""
    result: Result
    """What becomes of it. Before a preview nobody knows whether an existing stack will change: ``updated`` then."""
    desired: DesiredStack | None = None
    """What is applied; None where nothing is done, for the reason that ``result`` and ``message`` give."""
    database_host: str | None = None
    """Without this host there is no use in the stack."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """After a preview: Pulumi's operation -> number of resources; ``same`` is left out."""
    changes: tuple[ResourceChange, ...] = ()
    """After a preview."""
    message: str = ""
    """Why it is held or failed."""
    hint: str = ""
    seconds: float = field(default=0.0, compare=False)

    def failed(self, message: str, hint: str) -> StackPlan:
        """Return the plan to do nothing, for it would fail."""
        return replace(self, result=Result.FAILED, desired=None, message=message, hint=hint)

    def outcome(self) -> StackOutcome:
        """Return what becomes of a stack with which nothing is done."""
        return StackOutcome(self.stack, self.result, self.seconds, message=self.message, hint=self.hint)


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What is planned for one host."""

    host: str
    result: Result
    """As in :class:`StackPlan`."""
    documents: tuple[HostDocument, ...] = ()
    """One per role that is applied, in their order; none where nothing is done."""
    changes: tuple[str, ...] = ()
    """After a preview: ``<role>: <task>: <what>``."""
    not_verifiable: tuple[str, ...] = ()
    """What was configured and cannot be seen working on this kind of machine."""
    foreign: tuple[str, ...] = ()
    """What is there and nobody declared; never removed by a run."""
    message: str = ""
    """Why it would fail."""
    hint: str = ""
    seconds: float = field(default=0.0, compare=False)

    def failed(self, message: str, hint: str) -> HostPlan:
        """Return the plan to do nothing, for it would fail."""
        return replace(self, result=Result.FAILED, documents=(), message=message, hint=hint)

    def outcome(self) -> HostOutcome:
        """Return what becomes of a host on which nothing is done."""
        return HostOutcome(self.host, self.result, self.seconds, message=self.message, hint=self.hint)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What is planned for all hosts and stacks of one run, in its order."""

    options: UpOptions
    """What was asked for."""
    stacks: tuple[StackPlan, ...]
    hosts: tuple[HostPlan, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def exit_code(self) -> ExitCode:
        """FAILED when a host or a stack would fail, else CLEAN."""
        results = [host.result for host in self.hosts] + [stack.result for stack in self.stacks]
        return ExitCode.FAILED if Result.FAILED in results else ExitCode.CLEAN
