"""``kogge rules``: lists what the files are checked against."""

from __future__ import annotations

from typing import Annotated

import typer

from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.estate.rules.readings import READINGS
from kogge.estate.rules.registry import RULES

app = typer.Typer()


@app.command(epilog=examples("kogge rules", "kogge rules --json"))
def rules(as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False) -> None:
    """List every rule with its id, its text and its reason.

    The id is what `kogge validate` prints in brackets.
    """
    entries = [
        *({"id": r.id, "text": r.text, "why": r.why, "scope": "one file"} for r in READINGS),
        *({"id": r.id, "text": r.text, "why": r.why, "scope": "all files"} for r in RULES),
    ]
    if as_json:
        say_json({"version": 1, "rules": entries})
        return
    for entry in entries:
        say(f"{entry['id']}\n    {entry['text']}\n    why: {entry['why']}\n")
