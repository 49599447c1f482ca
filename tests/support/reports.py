"""A report with something of everything in it."""

from __future__ import annotations

from datetime import UTC, datetime

from kogge.findings import Cause, Finding, FindingClass, HostRef, Judgement, ObjectRef, Severity, Unknown
from kogge.json_value import Json
from kogge.nightly.report import Partner, Report

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
PARTNERS = (
    Partner("platform", "shared by all", "", 25),
    Partner("herzogtum-lauenburg", "Kreis Herzogtum Lauenburg", "member", 0),
    Partner("luebeck", "Lübeck, Hansestadt", "member", 58),
    Partner("moelln", "Mölln, Stadt", "member", 20),
    Partner("rostock", "Rostock, Hanse- und Universitätsstadt", "pilot", 19),
)
HOSTILE = "<img src=x onerror=alert(1)>|`~\x07"


def policy(name: str = "default-deny", space: str = "moelln--terminvergabe") -> ObjectRef:
    return ObjectRef("hl1", "networking.k8s.io/v1", "NetworkPolicy", space, name)


def finding(
    classification: FindingClass = FindingClass.CHANGED,
    severity: Severity = Severity.CRITICAL,
    tenant: str | None = "moelln",
    where: ObjectRef | HostRef | None = None,
    path: str = "/spec/podSelector",
    expected: Json = None,
    found: Json = None,
) -> Finding:
    return Finding(
        classification, severity, tenant, where or policy(), path, expected, found, "kubectl-edit", Cause.LIVE_EDIT
    )


FINDINGS = (
    finding(expected={}, found={"matchLabels": {"app": "none"}}),
    finding(FindingClass.MISSING, where=policy("allow-dns"), path=""),
    finding(
        FindingClass.FOREIGN,
        Severity.HIGH,
        "luebeck",
        ObjectRef("hl1", "apps/v1", "Deployment", "luebeck--terminvergabe", "miner"),
        "",
        found={"images": [HOSTILE]},
    ),
    finding(FindingClass.CHANGED, Severity.LOW, "luebeck", path="/metadata/labels/x", found=HOSTILE),
    finding(FindingClass.PENDING, Severity.HIGH, None, HostRef("db1", "database", "pg_hba.conf"), "/rules", [], ["x"]),
)


def report(findings: tuple[Finding, ...] = FINDINGS, unknown: tuple[Unknown, ...] = ()) -> Report:
    return Report(
        commit="d7c04690f0a0e02a11c0",
        checked_at=NOW,
        judgement=Judgement(findings, unknown),
        first_seen={found.id: NOW for found in findings[:1]},
        title="Kommunale Plattform (example data)",
        partners=PARTNERS,
        seconds=4.4,
        simulated=("hl1",),
    )


UNREADABLE = (Unknown(None, "cluster hl1: Secret", "403: the nightly identity may not list it"),)
