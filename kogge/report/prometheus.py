"""The report as metrics for the textfile collector of the Prometheus node exporter.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kogge.findings import FindingClass, Severity
from kogge.nightly.report import Report, Status
from kogge.visible import guarded


def as_metrics(report: Report) -> str:
    """Return the metrics. Every partner has its series even without a finding, so that a vanished one is noticed."""
    waiting = [finding for finding in report.findings if finding.classification is FindingClass.PENDING]
    wrong = [finding for finding in report.findings if finding.classification is not FindingClass.PENDING]
    counted = Counter((finding.owner, finding.severity) for finding in wrong)
    pending = Counter(finding.owner for finding in waiting)
    lines = _family("kogge_nightly_timestamp_seconds", "When the last nightly check ended.")
    lines.append(f"kogge_nightly_timestamp_seconds {int(report.checked_at.timestamp())}")
    lines += _family("kogge_nightly_duration_seconds", "How long the last nightly check took.")
    lines.append(f"kogge_nightly_duration_seconds {report.seconds:.3f}")
    lines += _family("kogge_nightly_status", "1 for the status of the last nightly check, 0 for the others.")
    lines += [_sample("kogge_nightly_status", {"status": s.value}, int(s is report.status)) for s in Status]
    lines += _family("kogge_nightly_findings", "Differences between the files and what runs, without pending ones.")
    lines += [
        _sample("kogge_nightly_findings", {"tenant": name, "severity": severity.value}, counted[name, severity])
        for name in report.names()
        for severity in Severity
    ]
    lines += _family("kogge_nightly_pending", "Places that the files changed and nobody applied.")
    lines += [_sample("kogge_nightly_pending", {"tenant": name}, pending[name]) for name in report.names()]
    lines += _family("kogge_nightly_unknown", "What the last nightly check could not read.")
    lines.append(f"kogge_nightly_unknown {len(report.judgement.unknown)}")
    return "\n".join(lines) + "\n"


def _family(name: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge"]


def _sample(name: str, labels: Mapping[str, str], value: int) -> str:
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inner}}} {value}"


def _escaped(text: str) -> str:
    return guarded(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
