"""``kogge keys``: which owners have a master key, making one, and whose signature counts."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import confirm, say, say_json

app = typer.Typer(no_args_is_help=True, help="List, make and sign master keys. No command prints one.")


@app.command("list", epilog=examples("kogge keys list", "kogge keys list --json"))
def list_keys(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every owner: whether there is a key, its fingerprint, how many derived values are known."""
    from kogge.deploy.keys import owners
    from kogge.estate import require_estate
    from kogge.keyring import Keyring, owner_keys

    estate = require_estate(root_option(ctx))
    rows = owner_keys(estate, Keyring(estate), owners(estate))
    if as_json:
        say_json({"version": 1, "keys": [asdict(row) for row in rows]})
        return
    for row in rows:
        state = f"{row.fingerprint}  {row.derived} derived values recorded" if row.key else "no key yet"
        say(f"{row.owner:<28} {state}")


@app.command("new", epilog=examples("kogge keys new ratzeburg"))
def new_key(ctx: typer.Context, owner: Annotated[str, typer.Argument(help="A tenant, or platform.")]) -> None:
    """Make the master key of an owner that has no stack yet. ``kogge up`` does it by itself, except in a pipeline."""
    from kogge.deploy.custody import uncommitted
    from kogge.deploy.keys import new_key as make_key
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM

    estate = require_estate(root_option(ctx))
    fingerprint = make_key(estate, owner)
    say(f"made a master key for {owner}: fingerprint {fingerprint}")
    for file in uncommitted(estate, dict.fromkeys((PLATFORM, owner))):
        say(f"commit {file}", err=True)


@app.command(
    "sign", epilog=examples("kogge keys sign", "kogge keys sign --yes --fingerprint platform=d355439ed8a6d608…")
)
def sign(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Owners.", show_default="all", metavar="[OWNER]...")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; every key needs its --fingerprint.")] = False,
    fingerprints: Annotated[
        list[str] | None,
        typer.Option(
            "--fingerprint", help="OWNER=FINGERPRINT of a key that is signed, as `kogge keys list` showed it."
        ),
    ] = None,
) -> None:
    """Sign keys of before there were signatures, and pin the platform's own on this machine.

    Sign only what you know: compare each fingerprint with an older `kogge keys list`. Digests of an unsigned file are
    not believed; the next `kogge up` writes them again.
    """
    from kogge.deploy.keys import confirmed_keys, owners, require_owner
    from kogge.estate import require_estate
    from kogge.keyring import sign_keys, unsigned_keys

    estate = require_estate(root_option(ctx))
    for name in names or ():
        require_owner(estate, name)
    found = unsigned_keys(estate, names or owners(estate))
    if not found:
        say("every key carries the signature of the platform that is pinned here")
        return
    for key in found:
        say(f"{key.owner:<28} {key.fingerprint}  {key.why}", err=True)
    if not yes and sys.stdin.isatty():
        confirm("Do you know each of these fingerprints as that owner's?")
    else:
        found = confirmed_keys(found, fingerprints or (), yes=yes)
    sign_keys(estate, found)
    say(f"signed: {', '.join(key.owner for key in found)}; `kogge up --all` records their digests again")


@app.command("pin", epilog=examples("kogge keys pin", "kogge keys pin | ssh nightly1 'cat > /etc/kogge/keys.pin'"))
def pin(ctx: typer.Context) -> None:
    """Print the public key that is pinned on this machine, as another machine needs it; where it lies, on stderr."""
    from kogge.estate import require_estate
    from kogge.trust import pin_line, pin_path, read_pin

    estate = require_estate(root_option(ctx))
    line = pin_line(read_pin(estate))
    say(f"in {pin_path(estate)}", err=True)
    say(line)
