"""``kogge validate``: prints every mistake in the files, for a person or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.errors import ExitCode
from kogge.estate import Loaded, Problem, ProblemSeverity, load_estate
from kogge.estate.files.source import UnreadableSource, read_raw
from kogge.records import COMMITTED, NEXT_STEP, are_committed
from kogge.visible import is_hidden

app = typer.Typer()


@app.command(
    epilog=examples(
        "kogge validate",
        "kogge validate --as-of 2027-03-01",
        "kogge --root ../data validate --json",
    )
)
def validate(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge dates as of this day.", show_default="today")
    ] = None,
) -> None:
    """Check tenants/, catalogue/ and platform.yaml: everything that is wrong, at once.

    Exit code 0: no errors (there may be warnings); 2: errors.
    """
    root = root_option(ctx)
    loaded = load_estate(root, as_of=day(as_of))
    if are_committed(root):
        committed = Problem(".kogge/", 1, 1, "committed-state", COMMITTED, NEXT_STEP, ProblemSeverity.ERROR)
        loaded = replace(loaded, problems=(*loaded.problems, committed))
    if as_json:
        say_json(as_document(loaded))
    else:
        say(as_text(root, loaded))
    if not loaded.ok:
        raise typer.Exit(ExitCode.INVALID)


def day(moment: datetime | None) -> date | None:
    """Return the day of an option that typer parsed as a moment."""
    return None if moment is None else moment.date()


def as_document(loaded: Loaded) -> dict[str, object]:
    """Return the stable JSON of docs/reference/validate-json.md."""
    return {"version": 1, "ok": loaded.ok, "errors": [asdict(problem) for problem in loaded.problems]}


def as_text(root: Path, loaded: Loaded, *, drafts: Mapping[str, str] | None = None) -> str:
    """Return every problem with its source line and a caret, and a last line that counts them.

    ``drafts`` are texts of files that are not below ``root``.
    """
    texts = {file: _split(text) for file, text in (drafts or {}).items()}
    blocks = [_block(problem, _lines(root, problem.file, texts)) for problem in loaded.problems]
    errors = sum(problem.is_error for problem in loaded.problems)
    warnings = len(loaded.problems) - errors
    if loaded.estate is not None and not errors:
        count = f"{len(loaded.estate.tenants)} tenants, {len(loaded.estate.catalogue)} applications: no errors"
        blocks.append(count + (f", {_counted(warnings, 'warning')}" if warnings else ""))
    else:
        files = len({problem.file for problem in loaded.problems if problem.is_error})
        blocks.append(f"{_counted(errors, 'error')} in {_counted(files, 'file')}, {_counted(warnings, 'warning')}")
    return "\n\n".join(blocks)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _lines(root: Path, file: str, texts: dict[str, list[str]]) -> list[str]:
    if file not in texts:
        try:
            text = read_raw(root, file)
        except UnreadableSource:
            text = ""
        texts[file] = _split(text)
    return texts[file]


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _block(problem: Problem, lines: list[str]) -> str:
    """Return what is wrong, the line with a caret below the place, and the next step."""
    word = "warning: " if problem.severity is ProblemSeverity.WARNING else ""
    block = [f"{problem.file}:{problem.line}:{problem.column}: {word}{problem.message} [{problem.rule}]"]
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    if line.strip():
        line, caret = _window(_one_by_one(line), problem.column - 1)
        number = f"{problem.line:>5} | "
        block += [f"{number}{line}", " " * (len(number) + caret) + "^"]
    return "\n".join([*block, f"  next: {problem.hint}"])


def _one_by_one(line: str) -> str:
    """Replace each hidden character by one that is seen: the caret below counts characters."""
    return "".join(" " if c == "\t" else "\N{REPLACEMENT CHARACTER}" if is_hidden(c) else c for c in line)


def _window(line: str, column: int, width: int = 110) -> tuple[str, int]:
    """Cut a long line around a column; returns the part and where in it the column is."""
    start = 0 if column < width - 10 else column - width // 2
    shown = line[start : start + width]
    if start:
        shown = "…" + shown[1:]
    return shown + ("…" if start + width < len(line) else ""), column - start
