"""``kogge env``: the bare Pulumi CLI on one stack, for one command or for a shell."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say
from kogge.errors import UsageError

app = typer.Typer(no_args_is_help=True)


@app.command(
    epilog=examples(
        "kogge env moelln -- pulumi preview --expect-no-changes",
        'eval "$(kogge env moelln)"; pulumi preview --expect-no-changes',
        "kogge env --forget",
    )
)
def env(
    ctx: typer.Context,
    stack: Annotated[str | None, typer.Argument(help="A tenant, or platform.", show_default=False)] = None,
    command: Annotated[
        list[str] | None, typer.Argument(help="What to run, after --.", show_default=False, metavar="[-- COMMAND]...")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Remove every passphrase file of shells at once.")] = False,
) -> None:
    """Run COMMAND with what the bare Pulumi CLI and kubectl need for one stack, and end with its exit code.

    The stack's passphrase lies in memory as long as COMMAND runs, in a file that only you can read. Without COMMAND,
    shell commands are printed that set the same, no secret among them; that file is removed after twelve hours, or by
    --forget. A stack that does not exist is made with `pulumi stack init`.
    """
    if forget:
        from kogge.private import forget_shells

        if stack is not None:
            raise UsageError("--forget removes the files of every stack", hint="kogge env --forget")
        say(f"removed {forget_shells()} passphrase files", err=True)
        return
    if stack is None:
        raise UsageError("no stack is named", hint="kogge env TENANT -- COMMAND; kogge tenant list shows the tenants")
    from kogge.deploy.stacks.shell import run_command, stack_shell
    from kogge.estate import require_estate
    from kogge.toolpath import STRAY_PASSPHRASE

    estate = require_estate(root_option(ctx))
    if command:
        raise typer.Exit(run_command(estate, stack, command))
    shell = stack_shell(estate, stack)
    say("the passphrase file is removed in twelve hours by a process of its own; kogge env --forget", err=True)
    typer.echo(f"unset {STRAY_PASSPHRASE}")
    for name, value in sorted(shell.variables.items()):
        typer.echo(f"export {name}={shlex.quote(value)}")
    if shell.directory is not None:
        typer.echo(f"cd {shlex.quote(str(shell.directory))}")
