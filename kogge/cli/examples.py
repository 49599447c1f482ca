"""How a command shows its examples: below its options, each on a line of its own.

Belongs here: the layout in ``--help``, and reading it back for docs/reference/commands.md. Which examples a command
has stands at the command.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import Final

_HEADING: Final = "Examples:\n"


def examples(*commands: str) -> str:
    r"""Return the epilogue that shows ``commands``, each as it is typed in a shell.

    A command too long for one line is broken as in a shell, with ``\`` at the end of the line.
    """
    shown = "\n".join(textwrap.indent(inspect.cleandoc(command), "  ") for command in commands)
    return f"\n{_HEADING}{shown}"  # typer cleans it like a docstring: without the empty line the indent would be lost


def shown_in(epilog: str | None) -> str:
    """Return the examples of an epilogue without heading and indent; nothing where there are none."""
    return textwrap.dedent((epilog or "").partition(_HEADING)[2])
