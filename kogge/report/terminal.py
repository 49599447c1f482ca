"""The report as a terminal shows it: one table per tenant, the most urgent first."""

from __future__ import annotations

from itertools import groupby

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kogge.findings import Severity
from kogge.nightly.report import Report, Status
from kogge.report.document import moment
from kogge.report.wording import counted, sentence

_COLOURS = {Severity.CRITICAL: "bold red", Severity.HIGH: "yellow", Severity.LOW: "default"}
_STATUS = {Status.CLEAN: "green", Status.DRIFT: "red", Status.INCOMPLETE: "yellow"}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print the report; colours appear on a terminal only."""
    console = console or Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = max(console.width, 160)
    for owner, findings in groupby(report.findings, key=lambda finding: finding.owner):
        table = Table(title=owner, title_justify="left", title_style="bold", box=box.SIMPLE, expand=False)
        for heading, least in (("severity", 8), ("class", 7), ("where", 30), ("what", 30), ("by", 7)):
            table.add_column(heading, overflow="fold", min_width=least)
        for finding in findings:
            table.add_row(
                f"[{_COLOURS[finding.severity]}]{finding.severity}[/]",
                finding.classification,
                escape(str(finding.where)) + (f"\n[cyan]{escape(finding.path)}[/]" if finding.path else ""),
                escape(sentence(finding)),
                escape(finding.actor or ""),
            )
        console.print(table)
    if report.judgement.unknown:
        console.print("[bold]could not be read[/]")
        for unknown in report.judgement.unknown:
            console.print(f"  {escape(unknown.scope)}: {escape(unknown.reason)}")
    if report.left_out:
        console.print(f"left out: {', '.join(report.left_out)}", style="dim")
    console.print(_last_line(report))


def _last_line(report: Report) -> str:
    counts = report.counts()
    parts = [counted(counts["findings"], "finding")] if counts["findings"] else []
    parts += [f"{counts[word.value]} {word.value}" for word in Severity if counts[word.value]]
    parts += [f"{counts['unknown']} unknown"] if counts["unknown"] else []
    status = f"[{_STATUS[report.status]}]{report.status}[/]"
    details = f": {', '.join(parts)}" if parts else ": everything that was listed is as declared"
    return f"{status}{details} ({moment(report.checked_at)})"
