"""``kogge nightly``: validate, compare, write the report, tell somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kogge import places
from kogge.cli.app import print_error, root_option
from kogge.cli.examples import examples
from kogge.errors import ExitCode, KoggeError

if TYPE_CHECKING:
    from kogge.estate.models.nightly import Nightly
    from kogge.nightly.report import Report

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
        typer.Option("--quick", help="On hosts leave out the checksums of programs and what Ansible would change."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON of the report on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--no-notification", help="Tell nobody.")] = False,
) -> None:
    """Check the files, clusters and hosts, and write the report as HTML, Markdown, JSON, JUnit XML and metrics.

    Exit code 0: clean; 3: something differs; 4: nothing differs, and something could not be read. A report is written
    in every case.
    """
    from kogge.nightly.checks import OnHosts
    from kogge.nightly.run import nightly_report
    from kogge.report.document import as_document
    from kogge.report.files import PAGE, point_latest, write_report, write_textfile
    from kogge.report.terminal import print_report

    root = root_option(ctx)
    now = datetime.now(UTC)
    on_hosts = (OnHosts.GLANCE if quick else OnHosts.READ_AND_ASK) if hosts else OnHosts.NOTHING
    report, settings = nightly_report(root, now, on_hosts)
    place = (report_dir or places.reports(root) / now.strftime("%Y-%m-%dT%H%M%SZ")).resolve()
    try:
        write_report(report, place)
        if report_dir is None:
            point_latest(place)
        if settings.textfile is not None:
            write_textfile(report, root / Path(settings.textfile).expanduser())
    except OSError as error:
        raise KoggeError(
            f"the report cannot be written: {error}", hint="choose another directory with --report-dir"
        ) from error
    if as_json:
        typer.echo(as_document(report))
    else:
        print_report(report)
        typer.echo(f"report: {place / PAGE}")
    code = report.exit_code
    if not quiet and not _told(report, settings, root, place / PAGE):
        code = code or ExitCode.FAILED
    raise typer.Exit(code)


def _told(report: Report, settings: Nightly, root: Path, page: Path) -> bool:
    """Send the notification that platform.yaml asks for; False when it did not arrive."""
    from kogge.estate.models.nightly import NotifyOn
    from kogge.report.notification import notification, send

    hook = settings.webhook
    if hook is None or (hook.when is NotifyOn.FINDINGS and report.exit_code is ExitCode.CLEAN):
        return True
    try:
        send(
            notification(report, page),
            url_file=root / Path(hook.url_file).expanduser(),
            ca_file=root / Path(hook.ca_file).expanduser() if hook.ca_file else None,
        )
    except KoggeError as error:
        print_error(error)
        return False
    return True
