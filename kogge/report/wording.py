"""Values and counts in a person's words, for every form of report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import assert_never

from kogge.findings import Finding, FindingClass, HostRef
from kogge.json_value import Json
from kogge.nightly.report import Report, Status


def sentence(finding: Finding, quoted: Callable[[str], str] = str) -> str:
    """Return what differs, in one line; ``quoted`` sets a value apart in the form that the line is for."""
    expected, found = quoted(short(expected_words(finding))), quoted(short(found_words(finding)))
    match finding.classification:
        case FindingClass.MISSING:
            return "declared, and not there"
        case FindingClass.FOREIGN:
            return "nobody declared it" + (f": {found}" if found else "")
        case FindingClass.CHANGED | FindingClass.PENDING | FindingClass.EXPOSED:
            if not expected and not found:
                return "not applied yet"
            if not expected:
                return f"added: {found}"
            if not found:
                return f"removed: {expected}"
            return f"{expected} → {found}"
        case unreachable:
            assert_never(unreachable)


def expected_words(finding: Finding) -> str:
    """Return what was expected, as a person would say it; empty where nothing was."""
    return _words(finding, finding.expected)


def found_words(finding: Finding) -> str:
    """Return what was found, as a person would say it; empty where nothing was."""
    return _words(finding, finding.found)


def _words(finding: Finding, value: Json) -> str:
    """Return a value: JSON for an object of Kubernetes, plain words for something on a host."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value or '""'
    if isinstance(finding.where, HostRef) and (plain := _plain(value)) is not None:
        return plain
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _plain(value: Json) -> str | None:
    """Return lines of a file, and lists and objects of simple values, without their brackets; None for all else."""
    if isinstance(value, dict) and isinstance(lines := value.get("lines"), list):
        text = "; ".join(map(str, lines))
        return f"line {value['line']}: {text}" if text and "line" in value else text
    if isinstance(value, dict) and all(isinstance(item, str | int) for item in value.values()):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ", ".join(map(str, value))
    return None


def short(text: str, width: int = 120) -> str:
    """Return a text in one line, cut to ``width`` characters."""
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
            places = [f"in {counted(partners, 'partner')}"] if partners else []
            if any(finding.tenant is None for finding in report.findings):
                places.append("in what all partners share")
            where = " and ".join(places)
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
        *(f"Left out of this check: {what}." for what in report.left_out),
        *simulated,
        secrets,
        "Events and custom resources are not listed; a stranger among them is not found.",
        "Who changed something is what the client said of itself: a lead, no proof.",
        "Traffic of a pod's own node and of host-network pods is outside network policies.",
        *(f"Not verifiable here: {what}." for what in report.judgement.not_verifiable),
    )
