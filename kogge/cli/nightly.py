"""``kogge nightly``: validate, compare, write the report, tell somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kogge.cli.app import print_error, root_option
from kogge.cli.examples import examples
from kogge.cli.output import say
from kogge.errors import ExitCode, KoggeError

app = typer.Typer(add_completion=False)


@app.command(epilog=examples("kogge nightly", "kogge nightly --report-dir /srv/reports/2026-11-24"))
def nightly(
    ctx: typer.Context,
    report_dir: Annotated[
        Path | None,
        typer.Option(help="Where the files of this report go.", show_default=".kogge/reports/<time>"),
    ] = None,
    hosts: Annotated[bool, typer.Option("--hosts/--no-hosts", help="Read the hosts too.")] = True,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="On hosts leave out the checksums of programs."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON of the report on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--no-notification", help="Tell nobody.")] = False,
) -> None:
    """Check the files, clusters and hosts, and write the report as HTML, Markdown, JSON, JUnit XML and metrics.

    Exit code 0: clean; 3: something differs; 4: nothing differs, and something could not be read. A report is written
    in every case.
    """
    from kogge.nightly.checks import OnHosts
    from kogge.nightly.whole_check import nightly_report
    from kogge.report.document import as_document
    from kogge.report.files import keep_report
    from kogge.report.notification import tell
    from kogge.report.terminal import print_report

    root = root_option(ctx)
    now = datetime.now(UTC)
    on_hosts = (OnHosts.GLANCE if quick else OnHosts.READ) if hosts else OnHosts.NOTHING
    report, settings = nightly_report(root, now, on_hosts)
    page = keep_report(report, settings, root, directory=report_dir, began=now)
    if as_json:
        say(as_document(report))
    else:
        print_report(report)
        say(f"report: {page}")
    code = report.exit_code
    if not quiet:
        try:
            tell(report, settings.webhook, root, page)
        except KoggeError as error:
            print_error(error)
            code = code or ExitCode.FAILED
    raise typer.Exit(code)
