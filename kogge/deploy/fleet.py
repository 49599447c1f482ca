"""Plans or applies many stacks: the platform first, then tenants beside each other; a failed one stops no other."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import FrameType
from typing import Protocol

from kogge.deploy.outcome import FleetOutcome, Result, StackOutcome
from kogge.deploy.run import Run
from kogge.deploy.stack import run_stack
from kogge.estate.estate import PLATFORM


class Progress(Protocol):
    """Told what happens, from several threads."""

    def selected(self, stacks: Mapping[str, str]) -> None:
        """The run takes these stacks, each for the reason given."""

    def started(self, stack: str) -> None:
        """Work on a stack began."""

    def step(self, stack: str, text: str) -> None:
        """Something is being done in a stack."""

    def finished(self, outcome: StackOutcome) -> None:
        """A stack is done."""


def run_fleet(run: Run, stacks: Mapping[str, str], progress: Progress, *, parallel: int | None = None) -> FleetOutcome:
    """Plan or apply the stacks in their order and return what became of each.

    Ctrl-C lets every Pulumi finish what is under way; a second one ends them at once.
    """
    began = time.monotonic()
    progress.selected(stacks)
    outcomes: dict[str, StackOutcome] = {}

    def one(stack: str) -> None:
        progress.started(stack)
        outcomes[stack] = run_stack(run, stack, lambda text: progress.step(stack, text))
        progress.finished(outcomes[stack])

    with _interruptible(run):
        if PLATFORM in stacks:
            one(PLATFORM)
        rest = [stack for stack in stacks if stack != PLATFORM]
        if PLATFORM in outcomes and outcomes[PLATFORM].result is Result.FAILED:
            for stack in rest:
                outcomes[stack] = StackOutcome(
                    stack, Result.FAILED, 0.0, message="not tried: the platform stack failed", hint="mend that first"
                )
        else:
            _beside_each_other(one, rest, parallel or os.cpu_count() or 2)
    return FleetOutcome(tuple(outcomes[s] for s in stacks if s in outcomes), time.monotonic() - began)


def _beside_each_other(one: Callable[[str], None], stacks: Sequence[str], parallel: int) -> None:
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="stack") as pool:
        pending: set[Future[None]] = {pool.submit(one, stack) for stack in stacks}
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()


class _interruptible:  # noqa: N801 (a context manager, used like a function)
    """Turns SIGINT and SIGTERM into an interrupt of every running Pulumi while the block runs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> None:
        self._old = {}
        if threading.current_thread() is threading.main_thread():
            self._old = {s: signal.signal(s, self._handle) for s in (signal.SIGINT, signal.SIGTERM)}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._run.interrupt()
