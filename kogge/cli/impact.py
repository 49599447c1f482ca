"""``kogge impact``: what the files would change, compared with another commit. No cluster is asked."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.cli.validate import day
from kogge.errors import KoggeError, UsageError

app = typer.Typer()


@app.command(epilog=examples("kogge impact --base main", "kogge impact --base origin/main --json"))
def impact(
    ctx: typer.Context,
    base: Annotated[str, typer.Option(help="A commit, branch or tag to compare with, for instance origin/main.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge dates as of this day.", show_default="today")
    ] = None,
) -> None:
    """Say which objects and host documents the files would change, who else is touched and who has to agree."""
    from kogge.estate import require_estate
    from kogge.git import commit_id, write_data_files
    from kogge.impact.changes import impact as compare
    from kogge.report.impact import impact_json, impact_markdown

    root = root_option(ctx)
    with tempfile.TemporaryDirectory(prefix="kogge-impact-") as directory:
        write_data_files(root, commit_id(root, base), Path(directory))
        try:
            before = require_estate(Path(directory), as_of=day(as_of))
        except KoggeError as error:
            hint = "compare with a commit whose files are valid"
            raise UsageError(f"at {base}, {error.message}", hint=hint) from error
        found = compare(before, require_estate(root, as_of=day(as_of)))
    if as_json:
        say_json(impact_json(found, base))
    else:
        say(impact_markdown(found, base), nl=False)
