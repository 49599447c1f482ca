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
    from kogge.clusters.identity import applying, kubeconfig_path
    from kogge.deploy.keys import ensure_key
    from kogge.deploy.stacks.environment import passphrase_file, project_directory, stack_environment
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM
    from kogge.keyring import Keyring

    estate = require_estate(root_option(ctx))
    cluster = min(estate.platform.clusters) if stack == PLATFORM else estate.tenant(stack).placement.cluster
    keyring = Keyring(estate)
    if ensure_key(estate, keyring, stack):
        typer.echo(f"made a master key for {stack} in {keyring.directory}", err=True)
    values = {
        **stack_environment(estate, stack, passphrase_file(estate, keyring, stack)),
        "KUBECONFIG": str(kubeconfig_path(estate, cluster, applying(stack))),
    }
    for name, value in sorted(values.items()):
        typer.echo(f"export {name}={shlex.quote(value)}")
    directory = project_directory(estate)
    if directory != CHECKOUT:
        typer.echo(f"cd {shlex.quote(str(directory))}")
