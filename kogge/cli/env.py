"""``kogge env``: what a shell needs for the bare Pulumi CLI on one stack."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.places import CHECKOUT

app = typer.Typer(no_args_is_help=True)


@app.command(epilog=examples('eval "$(kogge env moelln)"; pulumi preview --expect-no-changes'))
def env(ctx: typer.Context, stack: Annotated[str, typer.Argument(help="A tenant, or platform.")]) -> None:
    """Print shell commands that point the bare Pulumi CLI and kubectl to one stack; no secret is among them.

    A tenant that has neither key nor stack gets its key now. A stack that does not exist is made with
    ``pulumi stack init``.
    """
    from kogge.deploy.stacks.shell import stack_shell
    from kogge.estate import require_estate

    shell = stack_shell(require_estate(root_option(ctx)), stack)
    if shell.new_key is not None:
        typer.echo(f"made a master key for {stack} in {shell.new_key}", err=True)
    for name, value in sorted(shell.variables.items()):
        typer.echo(f"export {name}={shlex.quote(value)}")
    if shell.directory != CHECKOUT:
        typer.echo(f"cd {shlex.quote(str(shell.directory))}")
