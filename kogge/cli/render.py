"""``kogge render``: the desired state as a YAML stream, secrets by name."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.errors import UsageError

app = typer.Typer(no_args_is_help=True)


@app.command(
    epilog=examples(
        "kogge render moelln",
        "kogge render --host db1",
        "kogge render platform | kubectl apply --dry-run=server -f -",
    )
)
def render(
    ctx: typer.Context,
    stack: Annotated[str | None, typer.Argument(help="A tenant, or platform.", show_default=False)] = None,
    host: Annotated[str | None, typer.Option(help="A host of platform.yaml.", show_default=False)] = None,
) -> None:
    """Print every object of a stack, or the documents of a host, in order. A secret stands there by name.

    ``kubectl apply --dry-run=server`` accepts the stream of a stack once the namespaces exist.
    """
    if stack is not None and host is None:
        typer.echo(_stack(ctx, stack), nl=False)
    elif host is not None and stack is None:
        typer.echo(_host(ctx, host), nl=False)
    else:
        raise UsageError("render needs a tenant, platform, or --host HOST", hint="for instance: kogge render moelln")


def _stack(ctx: typer.Context, stack: str) -> str:
    from kogge.desired import platform_objects, tenant_objects
    from kogge.desired.yaml_stream import yaml_stream
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM

    estate = require_estate(root_option(ctx))
    items = platform_objects(estate) if stack == PLATFORM else tenant_objects(estate, estate.tenant(stack))
    return yaml_stream(items)


def _host(ctx: typer.Context, host: str) -> str:
    from kogge.desired.hosts import host_documents
    from kogge.desired.yaml_stream import host_yaml_stream
    from kogge.estate import require_estate
    from kogge.hostrun import authorized_keys

    estate = require_estate(root_option(ctx))
    if host not in estate.platform.hosts:
        known = ", ".join(sorted(estate.platform.hosts))
        raise UsageError(f"no such host: {host}", hint=f"platform.yaml has {known}")
    documents = host_documents(estate, authorized_keys(estate))
    return host_yaml_stream(document for document in documents if document.host == host)
