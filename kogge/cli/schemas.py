"""``kogge schemas``: prints or writes the JSON Schemas that editors and hooks use."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.atomic import write_atomically
from kogge.cli.examples import examples
from kogge.errors import UsageError
from kogge.estate.schema import MODELS, schema_text
from kogge.places import CHECKOUT

app = typer.Typer()


@app.command(epilog=examples("kogge schemas tenant", "kogge schemas --write"))
def schemas(
    name: Annotated[str, typer.Argument(help="tenant, platform or application", show_default=False)] = "",
    write: Annotated[bool, typer.Option("--write", help="Write schemas/*.json.")] = False,
) -> None:
    """Print one JSON Schema, or write all of them."""
    if write:
        for each in MODELS:
            file = f"schemas/{each}.json"
            write_atomically(CHECKOUT / file, schema_text(each), mode=0o644)
            typer.echo(file)
        return
    if name not in MODELS:
        raise UsageError(f"there is no schema {name!r}", hint=f"one of {', '.join(sorted(MODELS))}, or --write")
    typer.echo(schema_text(name), nl=False)
