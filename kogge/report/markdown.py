"""The report as Markdown, for a merge request or a wiki. Pure."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

from kogge.nightly.report import Report
from kogge.report.document import moment
from kogge.report.wording import counted, headline, limits, sentence

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|#~!])")


def as_markdown(report: Report) -> str:
    """Return the report as Markdown text."""
    lines = [
        f"# Nightly check of {_text(report.title)}: {report.status}",
        "",
        f"{headline(report)} Checked {moment(report.checked_at)}"
        + (f", files at commit `{report.commit}`." if report.commit else "."),
        "",
    ]
    for owner, findings in groupby(report.findings, key=lambda finding: finding.owner):
        lines += [f"## {_text(owner)}", "", "| severity | class | where | path | what | by |"]
        lines += ["|---|---|---|---|---|---|"]
        for finding in findings:
            cells = (
                finding.severity,
                finding.classification,
                str(finding.where),
                finding.path,
                sentence(finding),
                finding.actor or "",
            )
            lines.append("| " + " | ".join(_text(cell) for cell in cells) + " |")
        lines.append("")
    if report.judgement.unknown:
        lines += [f"## Could not be read: {counted(len(report.judgement.unknown), 'scope')}", ""]
        lines += [f"- {_text(unknown.scope)}: {_text(unknown.reason)}" for unknown in report.judgement.unknown]
        lines.append("")
    lines += ["## What this report does not show", ""]
    lines += [f"- {_text(limit)}" for limit in limits(report)]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """Return text that Markdown shows as it stands: what was found in a cluster is not to be believed."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))
