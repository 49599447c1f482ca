"""What one check says: what differs, what could not be read, what cannot be shown here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kogge.findings.finding import Finding, Unknown


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is not as declared, and what could not be judged."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    not_verifiable: tuple[str, ...] = ()
    """What this kind of machine cannot show, and no check can: said in the report, and no unknown."""

    def __add__(self, other: Judgement) -> Judgement:
        return Judgement(
            (*self.findings, *other.findings),
            (*self.unknown, *other.unknown),
            (*self.not_verifiable, *other.not_verifiable),
        )

    def about(self, owners: Collection[str]) -> Judgement:
        """Return what concerns these tenants (``PLATFORM``: what is nobody's own), and what concerns everybody."""
        return Judgement(
            tuple(finding for finding in self.findings if finding.owner in owners),
            tuple(unknown for unknown in self.unknown if unknown.tenant is None or unknown.tenant in owners),
            self.not_verifiable,
        )
