"""One difference, and one thing that could not be read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from kogge.estate.estate import PLATFORM
from kogge.findings.references import HostRef, ObjectRef
from kogge.json_value import Json
from kogge.visible import guarded, visible, visible_json


class FindingClass(StrEnum):
    """How what runs differs from what the files say."""

    MISSING = "missing"
    """Desired, and not there."""
    CHANGED = "changed"
    """There, and not as desired."""
    FOREIGN = "foreign"
    """There, and nobody declared it."""
    PENDING = "pending"
    """The files changed and were not applied yet."""
    EXPOSED = "exposed"
    """A partner can reach or act where no grant says so."""


class Severity(StrEnum):
    """How urgent a finding is, most urgent first."""

    CRITICAL = "critical"
    """Isolation or access is or may be broken."""
    HIGH = "high"
    """A tenant's service is not as declared."""
    LOW = "low"
    """No effect on isolation or service."""


class Cause(StrEnum):
    """What most likely made the difference."""

    LIVE_EDIT = "live edit"
    """Somebody changed it in the cluster or on the host."""
    NOT_APPLIED = "not applied"
    """The files changed after the last apply."""
    CONTROLLER = "controller"
    """A controller of the cluster made or changed it."""
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between what the files say and what runs.

    What was found is text from outside: its hidden characters are made visible here, in every field but ``where``,
    which names the thing exactly and shows its own text in the same way.
    """

    classification: FindingClass
    severity: Severity
    tenant: str | None
    """None: the platform's own."""
    where: ObjectRef | HostRef
    path: str
    """JSON pointer (RFC 6901) inside the object; empty for the whole of it."""
    expected: Json
    """Masked where the path is sensitive."""
    found: Json
    actor: str | None = None
    """The field manager that owns the found value, as far as the apiserver knows."""
    cause: Cause = Cause.UNEXPLAINED

    def __post_init__(self) -> None:
        # The class is frozen: this is the one moment in which a field is set.
        object.__setattr__(self, "path", visible(self.path))
        object.__setattr__(self, "expected", visible_json(self.expected))
        object.__setattr__(self, "found", visible_json(self.found))
        object.__setattr__(self, "actor", None if self.actor is None else visible(self.actor))

    @property
    def owner(self) -> str:
        """Whose it is, as reports name it: the tenant, or ``platform``."""
        return self.tenant or PLATFORM

    @property
    def id(self) -> str:
        """Twelve hex digits, the same for the same difference in every run."""
        identity = [self.classification, self.where.to_json(), self.path]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be read or judged; never clean."""

    tenant: str | None
    """Whose it is: a tenant, or ``PLATFORM``; None: it concerns everybody."""
    where: str
    """What it is, in a person's words; empty for everything of the tenant."""
    reason: str

    def __post_init__(self) -> None:
        # Both are sentences that may quote a cluster, a host or a file.
        object.__setattr__(self, "where", guarded(self.where))
        object.__setattr__(self, "reason", guarded(self.reason))

    @property
    def scope(self) -> str:
        """Whose and where in one text, as the stable JSON has it; made to be read, never to be taken apart."""
        whose = () if self.tenant is None else (PLATFORM if self.tenant == PLATFORM else f"tenant {self.tenant}",)
        return ": ".join((*whose, self.where) if self.where else whose)
