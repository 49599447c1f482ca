"""The report as a terminal shows it: one table per tenant, the most urgent first.

No string is given to rich but our own: it would be read as markup.
"""

from __future__ import annotations

from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kogge.findings import Finding, Severity
from kogge.nightly.report import Report, Status
from kogge.report.console import GuardedConsole, plain
from kogge.report.document import moment
from kogge.report.wording import counted, sentence

_COLOURS = {Severity.CRITICAL: "bold red", Severity.HIGH: "yellow", Severity.LOW: "default"}
_STATUS = {Status.CLEAN: "green", Status.DRIFT: "red", Status.INCOMPLETE: "yellow"}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print the report; colours appear on a terminal only."""
    console = console or GuardedConsole(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = max(console.width, 160)
    for owner, findings in groupby(report.findings, key=lambda finding: finding.owner):
        table = Table(title=plain(owner, "bold"), title_justify="left", box=box.SIMPLE, expand=False)
        for heading, least in (("severity", 8), ("class", 7), ("where", 30), ("what", 30), ("by", 7)):
            table.add_column(heading, overflow="fold", min_width=least)
        for finding in findings:
            table.add_row(
                plain(finding.severity, _COLOURS[finding.severity]),
                plain(finding.classification),
                _place(finding),
                plain(sentence(finding)),
                plain(finding.actor or ""),
            )
        console.print(table)
    if report.judgement.unknown:
        console.print("[bold]could not be read[/]")
        for unknown in report.judgement.unknown:
            console.print(plain(f"  {unknown.scope}: {unknown.reason}".replace("\n", "\n  ")))
    if report.left_out:
        console.print(plain(f"left out: {', '.join(report.left_out)}", "dim"))
    console.print(_last_line(report))


def _place(finding: Finding) -> Text:
    place = plain(str(finding.where))
    return place.append("\n").append_text(plain(finding.path, "cyan")) if finding.path else place


def _last_line(report: Report) -> str:
    counts = report.counts()
    parts = [counted(counts["findings"], "finding")] if counts["findings"] else []
    parts += [f"{counts[word.value]} {word.value}" for word in Severity if counts[word.value]]
    parts += [f"{counts['unknown']} unknown"] if counts["unknown"] else []
    status = f"[{_STATUS[report.status]}]{report.status}[/]"
    details = f": {', '.join(parts)}" if parts else ": everything that was listed is as declared"
    return f"{status}{details} ({moment(report.checked_at)})"
