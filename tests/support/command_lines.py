"""Kogge's command line as tests look at it: which commands there are, what a line of shell calls. Nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, Final

import typer

from kogge.cli.app import app

ROOT: Final[Any] = typer.main.get_command(app)
_CALL: Final = re.compile(r"(?<![\w./-])(?:bin/)?kogge ([^|;&()<>\n]*)")
"""One call of Kogge within a line of shell, up to where the shell would redirect it or start another command."""


def commands(group: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command that does something, as the words that lead to it: ``("tenant", "new")``."""
    for name in group.list_commands(_context(group)):
        command = group.get_command(_context(group), name)
        if _is_group(command):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def find(path: tuple[str, ...]) -> Any:
    """Return the command, or group of commands, that ``path`` leads to, and None where there is none."""
    command = ROOT
    for name in path:
        command = command.get_command(_context(command), name) if _is_group(command) else None
    return command


def calls(shell: str) -> list[list[str]]:
    """Return the words of each call of Kogge in a text of shell, without comments."""
    return [shlex.split(call, comments=True) for call in _CALL.findall(shell.replace("\\\n", " "))]


def called(words: list[str]) -> tuple[str, ...]:
    """Return the path of the command that ``words`` call, once all its options and arguments are parsed.

    :raises Exception: the command line refuses them; the message is what a person would read.
    """
    context = ROOT.make_context("kogge", list(words))
    path: tuple[str, ...] = ()
    while _is_group(context.command):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        path = (*path, name)
        context = command.make_context(name, rest, parent=context)
    return path


def _context(group: Any) -> Any:
    return group.make_context("kogge", [], resilient_parsing=True)


def _is_group(command: Any) -> bool:
    return hasattr(command, "list_commands")
