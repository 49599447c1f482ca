"""``kogge render``: the desired state as a YAML stream, secrets by name."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option

app = typer.Typer(no_args_is_help=True)


@app.command(epilog="Examples:  kogge render moelln   ·   kogge render platform | kubectl apply --dry-run=server -f -")
def render(ctx: typer.Context, stack: Annotated[str, typer.Argument(help="A tenant, or platform.")]) -> None:
    """Print every object of a stack in the order in which it is made. A secret stands there by name.

    ``kubectl apply --dry-run=server`` accepts the stream once the namespaces exist.
    """
    from kogge.desired import platform_objects, tenant_objects
    from kogge.desired.yaml_stream import yaml_stream
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM

    estate = require_estate(root_option(ctx))
    items = platform_objects(estate) if stack == PLATFORM else tenant_objects(estate, estate.tenant(stack))
    typer.echo(yaml_stream(items), nl=False)
