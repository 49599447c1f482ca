"""``kogge hosts``: what is special to hosts; applying and checking them belongs to ``up``, ``plan`` and ``drift``."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say

app = typer.Typer(no_args_is_help=True, help="First contact with a host.")


@app.callback()
def _hosts() -> None:
    """First contact with a host."""


@app.command(epilog=examples("kogge hosts pin db1 --fingerprint SHA256:kW4…"))
def pin(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(help="A host of platform.yaml.")],
    fingerprint: Annotated[str, typer.Option(help="What the console of the host shows.", show_default=False)],
) -> None:
    """Accept the ssh key of a fresh host, if it has the fingerprint that its console shows.

    On the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
    """
    from kogge.estate import require_estate
    from kogge.hostrun.access import open_access
    from kogge.hostrun.pinning import pin as pin_key

    access = open_access(require_estate(root_option(ctx)), pinned=False)
    changed = pin_key(access, host, fingerprint)
    say(f"{host} is pinned in {access.known_hosts_file}" if changed else f"{host} was pinned already")
