"""The root command, its lazy subcommands, and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from kogge import __version__
from kogge.cli.output import say
from kogge.errors import ExitCode, KoggeError
from kogge.places import CHECKOUT
from kogge.private import sweep

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "validate": ("kogge.cli.validate", "Check every file, all mistakes at once."),
    "impact": ("kogge.cli.impact", "Say what the files would change, against another commit."),
    "tenant": ("kogge.cli.tenant", "New, listed, shown and formatted tenant files."),
    "rules": ("kogge.cli.rules", "List what the files are checked against."),
    "schemas": ("kogge.cli.schemas", "Print or write the JSON Schemas for editors."),
    "render": ("kogge.cli.render", "Print what must exist, as YAML."),
    "plan": ("kogge.cli.plan", "Show what up would change."),
    "up": ("kogge.cli.up", "Create and update what the files say."),
    "drift": ("kogge.cli.drift", "Compare what runs with the files."),
    "nightly": ("kogge.cli.nightly", "Check everything and write the report."),
    "env": ("kogge.cli.env", "Run the bare Pulumi CLI on one stack."),
    "keys": ("kogge.cli.keys", "List, make and sign master keys."),
    "doctor": ("kogge.cli.doctor", "Check tools, sandbox and cluster prerequisites."),
    "hosts": ("kogge.cli.hosts", "Bring a fresh host in."),
    "sandbox": ("kogge.cli.sandbox", "Start, show and remove the local platform."),
}
"""Command name -> (module with an ``app``, help line). The module loads when the command runs."""


class LazyGroup(TyperGroup):
    """A command group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 (the base class is untyped across typer's versions)
        """Return the command names in the order of :data:`COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Import the module of ``cmd_name`` and return its click command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(COMMANDS[cmd_name][0])
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """List the commands from the table, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def root_option(ctx: typer.Context) -> Path:
    """Return the data root that ``--root`` chose (default: the checkout)."""
    root: Path = ctx.find_root().obj
    return root


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=False)
def _root(
    ctx: typer.Context,
    root: Annotated[
        Path | None,
        typer.Option(help="Directory with tenants/, catalogue/ and platform.yaml.", show_default="the checkout"),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One file per partner drives isolated hosting on Kubernetes and on hosts."""
    del version
    ctx.obj = (root or CHECKOUT).resolve()
    # What a killed run left, and what is past its time, goes with whatever command comes next.
    sweep()


def print_error(error: KoggeError) -> None:
    """Print what happened and the next step to stderr."""
    say(f"kogge: {error.message}", err=True)
    if error.hint:
        say(f"  next: {error.hint}", err=True)


def main() -> None:
    """Run the command line and exit with a code of :class:`~kogge.errors.ExitCode`.

    A known error prints its message and next step. Anything else is a fault of Kogge itself: it is
    said in one line, and the traceback is printed only with ``KOGGE_DEBUG=1``.
    """
    try:
        app(prog_name="kogge")
    except KoggeError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("kogge: interrupted; run the same command again to continue", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("KOGGE_DEBUG"):
            raise
        say(f"kogge: internal fault: {type(error).__name__}: {error}", err=True)
        say("  next: run again with KOGGE_DEBUG=1 and report the traceback", err=True)
        sys.exit(ExitCode.FAILED)
