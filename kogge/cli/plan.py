"""``kogge plan``: what ``kogge up`` would change; nothing is written."""

from __future__ import annotations

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.up import Adopt, AsJson, Everything, Force, Hosts, Names, Parallel, run_command

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
    run_command(
        root_option(ctx),
        names or [],
        everything,
        apply=False,
        adopt=adopt,
        force=force,
        hosts=hosts,
        parallel=parallel,
        as_json=as_json,
    )
