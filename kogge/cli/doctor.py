"""``kogge doctor``: prints what was looked at, and the next step for each thing that is missing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.doctor import as_text, examine
from kogge.errors import ExitCode
from kogge.places import CHECKOUT

app = typer.Typer()


@app.command(epilog=examples("kogge doctor", "kogge doctor --json"))
def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Check tools, files, this machine and every cluster of platform.yaml. Changes nothing.

    Exit code 0: all that is needed is there; 1: something is missing.
    """
    checks = examine(root_option(ctx), CHECKOUT)
    healthy = all(check.ok or check.optional for check in checks)
    if as_json:
        document = {"version": 1, "ok": healthy, "checks": [asdict(check) for check in checks]}
        say_json(document)
    else:
        say(as_text(checks))
    if not healthy:
        raise typer.Exit(ExitCode.FAILED)
