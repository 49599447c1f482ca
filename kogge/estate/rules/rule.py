"""What a rule is: an id, its text and reason, and a pure function from the files to what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kogge.estate.files.document import Path
from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import Platform
from kogge.estate.models.tenant import Tenant
from kogge.estate.problem import ProblemSeverity

PLATFORM_FILE = "platform.yaml"


def tenant_file(name: str) -> str:
    """Return the file of a tenant, relative to the data root."""
    return f"tenants/{name}.yaml"


def application_file(name: str) -> str:
    """Return the file of an application, relative to the data root."""
    return f"catalogue/{name}.yaml"


@dataclass(frozen=True, slots=True)
class Files:
    """All files that could be typed, before they have been checked against each other."""

    as_of: date
    platform: Platform
    catalogue: Mapping[str, Application]
    tenants: Mapping[str, Tenant]
    """By file stem."""
    unreadable: AbstractSet[str]
    """Stems of tenant files that could not be typed; their problems are known already."""


class Confinement(StrEnum):
    """What is taken out of the estate where a rule is broken by a tenant."""

    TENANT = "tenant"
    """The tenant and its grants."""
    GRANT = "grant"
    """The grant alone: nothing of the tenant itself is in doubt."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a rule is broken."""

    file: str
    path: Path
    message: str
    hint: str
    severity: ProblemSeverity = ProblemSeverity.ERROR
    key: bool = False
    """The place is the key and not its value."""
    confinement: Confinement = Confinement.TENANT


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across files."""

    id: str
    text: str
    why: str
    check: Callable[[Files], Iterator[Violation]]
