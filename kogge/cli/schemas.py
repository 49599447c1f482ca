"""``kogge schemas``: prints or writes the JSON Schemas that editors and hooks use."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.app import checkout
from kogge.errors import UsageError
from kogge.estate.schema import MODELS, schema_text

app = typer.Typer()


@app.command()
def schemas(
    name: Annotated[str, typer.Argument(help="tenant, platform or application", show_default=False)] = "",
    write: Annotated[bool, typer.Option("--write", help="Write schemas/*.json of the checkout.")] = False,
) -> None:
    """Print one JSON Schema, or write all of them.

    Examples: `kogge schemas tenant`, `kogge schemas --write`.
    """
    if write:
        directory = checkout() / "schemas"
        directory.mkdir(exist_ok=True)
        for each in MODELS:
            (directory / f"{each}.json").write_text(schema_text(each), encoding="utf-8")
            typer.echo(f"schemas/{each}.json")
        return
    if name not in MODELS:
        raise UsageError(f"there is no schema {name!r}", hint=f"one of {', '.join(sorted(MODELS))}, or --write")
    typer.echo(schema_text(name), nl=False)
