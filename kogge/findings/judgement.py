"""What one check says: what differs, what could not be read, what cannot be shown here."""

from __future__ import annotations

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
