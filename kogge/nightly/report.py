"""One run of the check, as every form of report reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from kogge.errors import ExitCode
from kogge.estate.estate import PLATFORM
from kogge.findings import Finding, FindingClass, Judgement, Severity


class Status(StrEnum):
    """The one word of a report."""

    CLEAN = "clean"
    DRIFT = "drift"
    """Something differs; what could not be read is listed too."""
    INCOMPLETE = "incomplete"
    """Nothing that was read differs, and something could not be read."""

    @property
    def exit_code(self) -> ExitCode:
        """0 clean, 3 drift, 4 incomplete without drift."""
        match self:
            case Status.CLEAN:
                return ExitCode.CLEAN
            case Status.DRIFT:
                return ExitCode.DRIFT
            case Status.INCOMPLETE:
                return ExitCode.INCOMPLETE
            case unreachable:
                assert_never(unreachable)


@dataclass(frozen=True, slots=True)
class Partner:
    """One tenant, or the platform, as the report lists it."""

    name: str
    official_name: str
    stage: str
    declared: int
    """Objects that its files declare."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, of which files, when."""

    commit: str | None
    checked_at: datetime
    judgement: Judgement
    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    """Id of a finding -> when a nightly check saw it first."""
    title: str = ""
    """Of the platform."""
    partners: tuple[Partner, ...] = ()
    """The platform first, then every tenant."""
    seconds: float = 0.0
    simulated: tuple[str, ...] = ()
    """Clusters in which no network plugin enforces anything."""
    reads_secrets: bool = True
    left_out: tuple[str, ...] = ()
    """What this run was told not to look at."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding: by tenant (the platform first), then the most urgent first."""
        return tuple(sorted(self.judgement.findings, key=_place))

    @property
    def status(self) -> Status:
        """What the exit code says, in a word."""
        if self.judgement.findings:
            return Status.DRIFT
        return Status.INCOMPLETE if self.judgement.unknown else Status.CLEAN

    @property
    def exit_code(self) -> ExitCode:
        """What a command that prints the report ends with."""
        return self.status.exit_code

    def names(self) -> tuple[str, ...]:
        """Return whom the report is about, the platform first, then everybody whom only a finding names."""
        listed = tuple(partner.name for partner in self.partners) or (PLATFORM,)
        others = {finding.owner for finding in self.findings} - set(listed)
        return (*listed, *sorted(others))

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each class and severity, and how many unknowns."""
        classes = Counter(finding.classification for finding in self.judgement.findings)
        severities = Counter(finding.severity for finding in self.judgement.findings)
        return {
            "findings": len(self.judgement.findings),
            **{word.value: classes[word] for word in FindingClass},
            **{word.value: severities[word] for word in Severity},
            "unknown": len(self.judgement.unknown),
        }


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return (finding.tenant or "", list(Severity).index(finding.severity), str(finding.where), finding.path)
