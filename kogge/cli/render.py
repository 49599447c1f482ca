"""``kogge render``: the desired state as a YAML stream, secrets by name."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say
from kogge.errors import UsageError

app = typer.Typer(no_args_is_help=True)


@app.command(
    epilog=examples(
        "kogge render moelln",
        "kogge render --host db1",
        "kogge render --all > rendered.yaml",
        "kogge render platform | kubectl apply --dry-run=server -f -",
    )
)
def render(
    ctx: typer.Context,
    stack: Annotated[str | None, typer.Argument(help="A tenant, or platform.", show_default=False)] = None,
    host: Annotated[str | None, typer.Option(help="A host of platform.yaml.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="The platform and every tenant.")] = False,
) -> None:
    """Print every object of a stack, of all stacks, or the documents of a host, in order. Secrets stand there by name.

    ``kubectl apply --dry-run=server`` accepts the stream of a stack once the namespaces exist.
    """
    match stack, host, everything:
        case str(), None, False:
            typer.echo(_stack(ctx, stack), nl=False)
        case None, str(), False:
            typer.echo(_host(ctx, host), nl=False)
        case None, None, True:
            typer.echo(_everything(ctx), nl=False)
        case _:
            raise UsageError(
                "render needs one of: a tenant, platform, --host HOST, --all", hint="for instance: kogge render moelln"
            )


def _stack(ctx: typer.Context, stack: str) -> str:
    from kogge.desired import platform_objects, tenant_objects
    from kogge.desired.yaml_stream import yaml_stream
    from kogge.estate import require_estate
    from kogge.estate.estate import PLATFORM

    estate = require_estate(root_option(ctx))
    items = platform_objects(estate) if stack == PLATFORM else tenant_objects(estate, estate.tenant(stack))
    return yaml_stream(items)


def _everything(ctx: typer.Context) -> str:
    from kogge.desired import platform_objects, tenant_objects
    from kogge.desired.yaml_stream import yaml_stream
    from kogge.estate import require_estate

    estate = require_estate(root_option(ctx))
    for name, why in sorted(estate.blocked.items()):
        say(f"kogge: left out: {name}: {why}", err=True)
    tenants = (tenant_objects(estate, tenant) for _, tenant in sorted(estate.tenants.items()))
    return "".join(yaml_stream(items) for items in (platform_objects(estate), *tenants))


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
