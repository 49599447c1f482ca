"""Progress on stderr: one line per step, live with the time that passed on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

LABEL_WIDTH = 34


@dataclass(slots=True)
class Step:
    """A step under way; the block says how it ended. Not frozen because of that."""

    outcome: str = "done"


@contextmanager
def step(label: str, doing: str) -> Iterator[Step]:
    """Show ``label`` with ``doing`` while the block runs, then one line with its outcome and seconds.

    ``{seconds}`` in the outcome is replaced by the time the block took. A block that raises prints "failed".
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    state, began = Step(), time.monotonic()
    try:
        if console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            with Progress(*columns, console=console, transient=True) as live:
                live.add_task(f"{label}  {doing}")
                yield state
        else:
            yield state
    except BaseException:
        state.outcome = "failed after {seconds}"
        raise
    finally:
        took = f"{time.monotonic() - began:.1f} s"
        console.print(f"  {label:<{LABEL_WIDTH}} {state.outcome.replace('{seconds}', took)}", markup=False)


def note(text: str) -> None:
    """Print one line about what is going on."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)
