"""``kogge up``: make it so. The words of its command line are ``kogge plan``'s, too."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say

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
    from kogge.deploy.custody import uncommitted
    from kogge.deploy.fleet import apply_fleet, plan_fleet
    from kogge.deploy.options import UpOptions
    from kogge.deploy.session import open_session
    from kogge.report.fleet import FleetView, print_outcome, to_json

    options = UpOptions(
        names=tuple(names or ()),
        everything=everything,
        hosts=hosts,
        force=force,
        adopt=adopt,
        break_freeze=break_freeze,
        parallel=parallel,
    )
    session = open_session(root_option(ctx))
    with FleetView() as view:
        outcome = apply_fleet(session, plan_fleet(session, options, view), view)
    if as_json:
        say(to_json(outcome))
    else:
        print_outcome(outcome)
    for file in uncommitted(session.estate, session.keyring.made):
        say(f"new: commit {file}, or what is encrypted with it is lost with this checkout", err=True)
    raise typer.Exit(130 if session.interrupted else outcome.exit_code)
