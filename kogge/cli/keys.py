"""``kogge keys``: which owners have a master key, and making one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples

app = typer.Typer(no_args_is_help=True, help="List and make master keys. No command prints one.")


@app.command("list", epilog=examples("kogge keys list", "kogge keys list --json"))
def list_keys(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every owner: whether there is a key, its fingerprint, how many derived values are known."""
    from kogge.deploy.keys import owners
    from kogge.estate import require_estate
    from kogge.keyring import Keyring, owner_keys

    estate = require_estate(root_option(ctx))
    rows = owner_keys(Keyring(estate), owners(estate))
    if as_json:
        typer.echo(json.dumps({"version": 1, "keys": [asdict(row) for row in rows]}, indent=1))
        return
    for row in rows:
        state = f"{row.fingerprint}  {row.derived} derived values recorded" if row.key else "no key yet"
        typer.echo(f"{row.owner:<28} {state}")


@app.command("new", epilog=examples("kogge keys new ratzeburg"))
def new_key(ctx: typer.Context, owner: Annotated[str, typer.Argument(help="A tenant, or platform.")]) -> None:
    """Make the master key of an owner that has no stack yet. ``kogge up`` does it by itself."""
    from kogge.deploy.keys import new_key as make_key
    from kogge.estate import require_estate

    fingerprint = make_key(require_estate(root_option(ctx)), owner)
    typer.echo(f"made a master key for {owner}: fingerprint {fingerprint}")
