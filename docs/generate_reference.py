"""Write ``docs/reference/commands.md`` from the commands: ``.kogge/python/bin/python docs/generate_reference.py``.

Belongs here: walking the command line and laying it out as Markdown. What a command is for and what its options
mean stands in the command.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import typer

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = CHECKOUT / "docs" / "reference" / "commands.md"
OPENING: Final = """\
# Command line

Generated from the commands by `docs/generate_reference.py`; a test holds it current.

`kogge` is `bin/kogge` of the checkout. The result goes to stdout, progress and errors to stderr. Every command has
`--help`.
[Exit codes](exit-codes.md) are the same everywhere.
"""
COMPLETION: Final = {"install_completion", "show_completion", "help"}
"""Parameters that every typer application has; they say nothing about Kogge."""


def reference() -> str:
    """Return the whole page."""
    from kogge.cli.app import app

    root: Any = typer.main.get_command(app)
    context = root.make_context("kogge", [], resilient_parsing=True)
    blocks = [OPENING, "## kogge", _text(root.help), *_parameters(root)]
    for name in root.list_commands(context):
        blocks += _command(f"kogge {name}", root.get_command(context, name))
    return "\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def _command(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 (typer gives its click objects no public type)
    """Yield the blocks of one command and, for a group, of those below it."""
    from kogge.cli.examples import shown_in

    yield f"## {path}"
    yield _text(command.help)
    below = getattr(command, "commands", {})
    if not below:
        yield f"    {_usage(path, command)}"
        yield from _parameters(command)
        if command.epilog:
            yield "For example:"
            yield textwrap.indent(shown_in(command.epilog), "    ")
    for name, inner in below.items():
        for block in _command(f"{path} {name}", inner):
            yield f"#{block}" if block.startswith("## ") else block


def _own(command: Any) -> list[Any]:  # noqa: ANN401
    return [parameter for parameter in command.params if parameter.name not in COMPLETION]


def _usage(path: str, command: Any) -> str:  # noqa: ANN401
    """Return the line of usage: arguments and required options by name, the other options in a word."""
    own = _own(command)
    words = [_argument(p) for p in own if _is_argument(p)]
    words += [f"{p.opts[0]} …" for p in own if p.required and not _is_argument(p)]
    if any(not p.required and not _is_argument(p) for p in own):
        words.append("[OPTIONS]")
    return " ".join([path, *words])


def _is_argument(parameter: Any) -> bool:  # noqa: ANN401
    return bool(parameter.param_type_name == "argument")


def _argument(parameter: Any) -> str:  # noqa: ANN401
    name = parameter.metavar or parameter.name.upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _parameters(command: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield a table of arguments and options, where there are any."""
    rows = [_row(parameter) for parameter in _own(command)]
    if rows:
        yield "\n".join(["| parameter | meaning | default |", "|---|---|---|", *rows])


def _row(parameter: Any) -> str:  # noqa: ANN401
    names = [_argument(parameter)] if _is_argument(parameter) else parameter.opts + parameter.secondary_opts
    meaning = _text(getattr(parameter, "help", "") or "").replace("\n", " ")
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        meaning = f"{meaning} One of {_code([str(word) for word in kind])}.".strip()
    return f"| {_code(names)} | {_cell(meaning)} | {_cell(_default(parameter))} |"


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _default(parameter: Any) -> str:  # noqa: ANN401
    """Return the default in words; nothing for a switch that is off and for what is empty."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.required:
        return "required"
    value = parameter.default() if callable(parameter.default) else parameter.default
    if value in (None, False, "", (), []):
        return ""
    return f"`{getattr(value, 'value', value)}`" if value is not True else f"`{parameter.opts[0]}`"


def _text(text: str | None) -> str:
    """Return a docstring as Markdown: reStructuredText's double backticks become single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(text or ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    sys.path.insert(0, str(CHECKOUT))
    PAGE.write_text(reference(), encoding="utf-8")
