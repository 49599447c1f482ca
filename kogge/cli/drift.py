"""``kogge drift``: what runs and is not what the files say."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say

app = typer.Typer(add_completion=False)


@app.command(epilog=examples("kogge drift", "kogge drift moelln luebeck", "kogge drift --json | jq .findings"))
def drift(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Tenants, or platform.", show_default="everything", metavar="[TENANT]...")
    ] = None,
    hosts: Annotated[
        bool, typer.Option("--hosts/--no-hosts", help="Read the hosts too, where no tenant is named.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compare every cluster and every host with the files, closed-world; nothing is written.

    Exit code 0: clean; 3: something differs; 4: nothing differs, and something could not be read.
    """
    from kogge.nightly.checks import OnHosts
    from kogge.nightly.whole_check import drift_report
    from kogge.report.document import as_document
    from kogge.report.terminal import print_report

    report = drift_report(root_option(ctx), names or [], OnHosts.READ if hosts else OnHosts.NOTHING)
    if as_json:
        say(as_document(report))
    else:
        print_report(report)
    raise typer.Exit(report.exit_code)
