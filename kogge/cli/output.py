"""The one way of a command to a terminal or a log: text for people passes the last guard, JSON is escaped as JSON.

What a program reads as it stands (``render``, ``schemas``, ``env``) is printed without it, by the command itself.
"""

from __future__ import annotations

import typer

from kogge.visible import json_text, printable


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print text for a person, on stdout or with ``err`` on stderr."""
    typer.echo(printable(str(text)), err=err, nl=nl)


def say_json(document: object) -> None:
    """Print a document as JSON on stdout."""
    typer.echo(json_text(document))


def confirm(question: str) -> None:
    """Ask a person on stderr.

    :raises click.Abort: the answer is no.
    """
    typer.confirm(printable(question), abort=True, err=True)
