"""``kogge keys``: which owners have a master key, and making one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.errors import KoggeError, UsageError

app = typer.Typer(no_args_is_help=True, help="List and make master keys. No command prints one.")


@app.command("list", epilog=examples("kogge keys list", "kogge keys list --json"))
def list_keys(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every owner: whether there is a key, its fingerprint, how many derived values are known."""
    from kogge.digests import read_digests
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM
    from kogge.keyring import Keyring

    estate = require_estate(root_option(ctx))
    keyring = Keyring(estate)
    rows = []
    for owner in (PLATFORM, *sorted({*estate.tenants, *estate.blocked})):
        digests = read_digests(keyring.directory, owner)
        row: dict[str, object] = {"owner": owner, "key": keyring.has(owner), "fingerprint": "", "derived": 0}
        if keyring.has(owner):
            row["fingerprint"] = keyring.fingerprint(owner)
        if digests is not None:
            row["derived"] = len(digests.values)
        rows.append(row)
    if as_json:
        typer.echo(json.dumps({"version": 1, "keys": rows}, indent=1))
        return
    for row in rows:
        state = f"{row['fingerprint']}  {row['derived']} derived values recorded" if row["key"] else "no key yet"
        typer.echo(f"{row['owner']!s:<28} {state}")


@app.command("new", epilog=examples("kogge keys new ratzeburg"))
def new_key(ctx: typer.Context, owner: Annotated[str, typer.Argument(help="A tenant, or platform.")]) -> None:
    """Make the master key of an owner that has no stack yet. ``kogge up`` does it by itself."""
    from kogge.deploy.keys import ensure_key
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM
    from kogge.keyring import Keyring

    estate = require_estate(root_option(ctx))
    if owner not in {PLATFORM, *estate.tenants, *estate.blocked}:
        raise UsageError(f"no such tenant: {owner}", hint="kogge tenant list shows them")
    keyring = Keyring(estate)
    if not ensure_key(estate, keyring, owner):
        raise KoggeError(f"{owner} has a master key already in {keyring.directory}")
    typer.echo(f"made a master key for {owner}: fingerprint {keyring.fingerprint(owner)}")
