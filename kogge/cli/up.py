"""``kogge up`` and ``kogge plan``: make it so, or say what that would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples

Names = Annotated[list[str] | None, typer.Argument(help="Tenants.", show_default=False, metavar="[TENANT]...")]
Everything = Annotated[bool, typer.Option("--all", help="Every tenant, the platform first.")]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take over objects that exist but are not in the state; rebuilds a lost state.")
]
Force = Annotated[bool, typer.Option("--force", help="Run stacks for which nothing has changed, too.")]
Parallel = Annotated[
    int | None, typer.Option("--parallel", min=1, max=32, help="Stacks at once.", show_default="the cores")
]
BreakFreeze = Annotated[bool, typer.Option("--break-freeze", help="Apply tenants whose file freezes them today, too.")]
Hosts = Annotated[
    bool,
    typer.Option(
        "--hosts/--no-hosts", help="Hosts too: all of them with --all, else the database hosts of the tenants."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]

app = typer.Typer(no_args_is_help=True)


@app.command(epilog=examples("kogge up moelln", "kogge up --all", "kogge up ratzeburg --adopt"))
def up(
    ctx: typer.Context,
    names: Names = None,
    everything: Everything = False,
    adopt: Adopt = False,
    force: Force = False,
    break_freeze: BreakFreeze = False,
    hosts: Hosts = True,
    parallel: Parallel = None,
    as_json: AsJson = False,
) -> None:
    """Apply tenants: create or update what their files say, databases on hosts first, then stacks.

    Stacks that hold an end of a tenant's grants run too, and are named first. A stack for which nothing has changed
    since its last apply is skipped. A failed tenant does not stop the others. Interrupted or killed, the same command
    continues.
    """
    run_command(
        root_option(ctx),
        names or [],
        everything,
        apply=True,
        adopt=adopt,
        force=force,
        break_freeze=break_freeze,
        hosts=hosts,
        parallel=parallel,
        as_json=as_json,
    )


def run_command(
    root: Path,
    names: list[str],
    everything: bool,
    *,
    apply: bool,
    adopt: bool,
    force: bool,
    hosts: bool,
    parallel: int | None,
    as_json: bool,
    break_freeze: bool = False,
) -> None:
    """Run the chosen stacks, print their summary and exit with its code."""
    from kogge.deploy.fleet import run_fleet
    from kogge.deploy.run import Run
    from kogge.deploy.selection import select_hosts, select_stacks
    from kogge.estate import require_estate
    from kogge.keyring import Keyring
    from kogge.report.fleet import FleetView, print_summary, to_json

    estate = require_estate(root)
    stacks = select_stacks(estate, names, everything=everything)
    run = Run(estate, Keyring(estate), apply=apply, force=force, adopt=adopt, break_freeze=break_freeze)
    with FleetView(apply=apply) as view:
        chosen = select_hosts(estate, stacks, everything=everything) if hosts else ()
        outcome = run_fleet(run, stacks, view, hosts=chosen, parallel=parallel)
    if as_json:
        typer.echo(to_json(outcome))
    else:
        print_summary(outcome, apply=apply)
    raise typer.Exit(130 if run.interrupted else outcome.exit_code)
