"""Values and counts in a person's words, for every form of report."""

from __future__ import annotations

import json
from typing import Any, assert_never

from kogge.findings import Finding, FindingClass
from kogge.report.report import Report, Status


def sentence(finding: Finding) -> str:
    """Return what differs, in one line."""
    match finding.classification:
        case FindingClass.MISSING:
            return "declared, and not there"
        case FindingClass.FOREIGN:
            return "nobody declared it" + (f": {short(finding.found)}" if finding.found is not None else "")
        case FindingClass.CHANGED | FindingClass.PENDING | FindingClass.EXPOSED:
            if finding.expected is None and finding.found is None:
                return "not applied yet"
            if finding.expected is None:
                return f"added: {short(finding.found)}"
            if finding.found is None:
                return f"removed: {short(finding.expected)}"
            return f"{short(finding.expected)} → {short(finding.found)}"
        case unreachable:
            assert_never(unreachable)


def short(value: Any, width: int = 120) -> str:  # noqa: ANN401 (any JSON value)
    """Return a JSON value in one line, cut to ``width`` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def counted(number: int, word: str) -> str:
    """Return a number with its word: ``1 finding``, ``3 findings``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def headline(report: Report) -> str:
    """Return the result in one sentence."""
    counts = report.counts()
    unknown = f" {counted(counts['unknown'], 'scope')} could not be read." if counts["unknown"] else ""
    status = report.status
    match status:
        case Status.CLEAN:
            return "Everything that was read is as the files declare it."
        case Status.INCOMPLETE:
            return f"Nothing that was read differs from the files.{unknown}"
        case Status.DRIFT:
            partners = len({finding.tenant for finding in report.findings if finding.tenant})
            where = f"in {counted(partners, 'partner')}" if partners else "in what all partners share"
            number = counted(counts["findings"], "difference")
            pending = f" {counts['pending']} not applied yet." if counts["pending"] else ""
            return f"{number} {where}, {counts['critical']} of them critical.{pending}{unknown}"
        case unreachable:
            assert_never(unreachable)


def limits(report: Report) -> tuple[str, ...]:
    """Return what a reader must not conclude from the report."""
    simulated = [
        f"Cluster {name} simulates its pods: network policies are compared there, and nothing enforces them."
        for name in report.simulated
    ]
    secrets = (
        "The nightly identity can list Secrets to compare them with digests; no value is stored or shown."
        if report.reads_secrets
        else "Secrets were not read (switched off in platform.yaml)."
    )
    return (
        *simulated,
        secrets,
        "Events and custom resources are not listed; a stranger among them is not found.",
        "Who changed something is what the client said of itself: a lead, no proof.",
        "Traffic of a pod's own node and of host-network pods is outside network policies.",
        *(f"Not verifiable here: {what}." for what in report.judgement.not_verifiable),
    )
