"""The stable JSON of ``kogge drift`` and ``kogge nightly``: docs/reference/drift-json.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kogge.findings import Finding, ObjectRef
from kogge.nightly.report import Report
from kogge.visible import json_text


def as_document(report: Report) -> str:
    """Return the report as JSON text."""
    document = {
        "version": 1,
        "status": report.status,
        "commit": report.commit,
        "checked_at": moment(report.checked_at),
        "counts": report.counts(),
        "findings": [finding_document(report, finding) for finding in report.findings],
        "unknown": [{"scope": unknown.scope, "reason": unknown.reason} for unknown in report.judgement.unknown],
        "not_verifiable": list(report.judgement.not_verifiable),
        "left_out": list(report.left_out),
    }
    return json_text(document)


def finding_document(report: Report, finding: Finding) -> dict[str, Any]:
    """Return one finding of the JSON."""
    seen = report.first_seen.get(finding.id)
    where = "object" if isinstance(finding.where, ObjectRef) else "host"
    return {
        "id": finding.id,
        "class": finding.classification,
        "severity": finding.severity,
        "tenant": finding.tenant,
        where: finding.where.to_json(),
        "path": finding.path,
        "expected": finding.expected,
        "found": finding.found,
        "actor": finding.actor,
        "first_seen": None if seen is None else moment(seen),
        "cause": finding.cause,
    }


def moment(time: datetime) -> str:
    """Return a moment in UTC to the second (RFC 3339)."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
