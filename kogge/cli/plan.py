"""``kogge plan``: what ``kogge up`` would change; nothing is written."""

from __future__ import annotations

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say
from kogge.cli.up import Adopt, AsJson, Everything, Force, Hosts, Names, Parallel

app = typer.Typer(no_args_is_help=True)


@app.command(epilog=examples("kogge plan moelln", "kogge plan --all --json"))
def plan(
    ctx: typer.Context,
    names: Names = None,
    everything: Everything = False,
    adopt: Adopt = False,
    force: Force = False,
    hosts: Hosts = True,
    parallel: Parallel = None,
    as_json: AsJson = False,
) -> None:
    """Show what ``kogge up`` would create, update and delete, stack by stack; nothing is written.

    It compares the files with Pulumi's state. What somebody changed in the cluster is ``kogge drift``'s to find.
    """
    from kogge.deploy.fleet import plan_fleet, preview_fleet
    from kogge.deploy.options import UpOptions
    from kogge.deploy.session import open_session
    from kogge.report.fleet import FleetView, print_plan, to_json

    options = UpOptions(
        names=tuple(names or ()),
        everything=everything,
        hosts=hosts,
        force=force,
        adopt=adopt,
        # What a freeze holds back is shown.
        break_freeze=True,
        parallel=parallel,
    )
    session = open_session(root_option(ctx))
    with FleetView() as view:
        previewed = preview_fleet(session, plan_fleet(session, options, view), view)
    if as_json:
        say(to_json(previewed))
    else:
        print_plan(previewed)
    raise typer.Exit(130 if session.interrupted else previewed.exit_code)
