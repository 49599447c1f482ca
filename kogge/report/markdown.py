"""The report as Markdown, for a merge request or a wiki. Pure."""

from __future__ import annotations

from itertools import groupby

from kogge.nightly.report import Report
from kogge.report.document import moment
from kogge.report.markdown_text import code, text
from kogge.report.wording import counted, headline, limits, sentence


def as_markdown(report: Report) -> str:
    """Return the report as Markdown text."""
    lines = [
        f"# Nightly check of {text(report.title)}: {report.status}",
        "",
        f"{headline(report)} Checked {moment(report.checked_at)}"
        + (f", files at commit {code(report.commit)}." if report.commit else "."),
        "",
    ]
    for owner, findings in groupby(report.findings, key=lambda finding: finding.owner):
        lines += [f"## {text(owner)}", "", "| severity | class | where | path | what | by |"]
        lines += ["|---|---|---|---|---|---|"]
        for finding in findings:
            cells = (
                finding.severity,
                finding.classification,
                code(str(finding.where)),
                code(finding.path),
                sentence(finding, code),
                code(finding.actor or ""),
            )
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    if report.judgement.unknown:
        lines += [f"## Could not be read: {counted(len(report.judgement.unknown), 'scope')}", ""]
        lines += [f"- {text(unknown.scope)}: {text(unknown.reason)}" for unknown in report.judgement.unknown]
        lines.append("")
    lines += ["## What this report does not show", ""]
    lines += [f"- {text(limit)}" for limit in limits(report)]
    return "\n".join(lines) + "\n"
