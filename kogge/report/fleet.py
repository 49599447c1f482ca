"""What plans and applies did: progress on stderr while they run, one summary on stdout."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kogge.deploy.outcome import FleetOutcome, HostOutcome, Result, StackOutcome
from kogge.deploy.plan import FleetPlan, HostPlan, StackPlan
from kogge.report.console import GuardedConsole, plain
from kogge.report.wording import counted
from kogge.visible import json_text, printable

_COLOURS = {
    Result.CREATED: "green",
    Result.UPDATED: "yellow",
    Result.UNCHANGED: "default",
    Result.SKIPPED: "bright_black",
    Result.HELD: "yellow",
    Result.FAILED: "red",
}
_DONE = {result: str(result) for result in Result}
_PLANNED = {**_DONE, Result.CREATED: "would be created", Result.UPDATED: "would be updated"}

_Host = HostPlan | HostOutcome
_Stack = StackPlan | StackOutcome


class FleetView:
    """Live lines on a terminal, one plain line per finished stack elsewhere. Holds state: threads report to it."""

    def __init__(self) -> None:
        self._console = GuardedConsole(stderr=True, highlight=False, soft_wrap=True)
        self._running: dict[str, str] = {}
        self._mutex = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> FleetView:
        """Begin to show."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the live lines away."""
        if self._live is not None:
            self._live.stop()

    def selected(self, stacks: Mapping[str, str]) -> None:
        """Name stacks that run because of another one, and what of the platform changes for a tenant."""
        for stack, reason in stacks.items():
            if reason.startswith("holds"):
                self._console.print(plain(f"also {stack}: {reason}"))
            elif ": " in reason:
                self._console.print(plain(f"{stack} {reason}"))

    def started(self, stack: str) -> None:
        """Show a line for the stack."""
        self.step(stack, "…")

    def step(self, stack: str, text: str) -> None:
        """Show what is being done in the stack."""
        with self._mutex:
            self._running[stack] = text
            self._refresh()

    def finished(self, one: _Stack | _Host) -> None:
        """Print the line of a stack or host for good."""
        with self._mutex:
            self._running.pop(_name(one).removeprefix("host "), None)
            self._refresh()
            self._console.print(_line(one))

    def _refresh(self) -> None:
        if self._live is not None:
            table = Table.grid(padding=(0, 2))
            for stack, text in self._running.items():
                table.add_row(plain(stack), Text(printable(text), overflow="ellipsis", no_wrap=True))
            self._live.update(table)


def _line(one: _Stack | _Host) -> Text:
    words = _PLANNED if isinstance(one, StackPlan | HostPlan) else _DONE
    line = plain(f"{_name(one):<24} ")
    line.append(f"{words[one.result]:<16}", style=_COLOURS[one.result])
    line.append(f" {one.seconds:6.1f} s  {_counts(one)}")
    return line


def _name(one: _Stack | _Host) -> str:
    return f"host {one.host}" if isinstance(one, HostPlan | HostOutcome) else one.stack


def _counts(one: _Stack | _Host) -> str:
    if isinstance(one, HostPlan | HostOutcome):
        told = [counted(len(one.changes), "change")] if one.changes else []
        told += [f"{len(one.foreign)} foreign"] if one.foreign else []
        return ", ".join(told)
    return ", ".join(f"{number} {operation}" for operation, number in sorted(one.counts.items()))


def print_plan(plan: FleetPlan) -> None:
    """Print what would change, what would fail with its next step, and the numbers of the plan."""
    console = _stdout()
    for host in plan.hosts:
        for told in host.changes:
            console.print(plain(f"{_name(host):<24} {told}"))
    for stack in plan.stacks:
        for change in stack.changes:
            fields = f"  ({', '.join(change.fields)})" if change.fields else ""
            console.print(plain(f"{stack.stack:<24} {change.operation:<8} {change.what}{fields}"))
    _print_end(console, plan, _PLANNED)


def print_outcome(outcome: FleetOutcome) -> None:
    """Print failures with their next steps, and the numbers of the run."""
    _print_end(_stdout(), outcome, _DONE)


def _stdout() -> Console:
    return GuardedConsole(highlight=False, soft_wrap=True)


def _print_end(console: Console, fleet: FleetPlan | FleetOutcome, words: Mapping[Result, str]) -> None:
    """Print what is held or failed, and how many came to what."""
    every: tuple[_Stack | _Host, ...] = (*fleet.hosts, *fleet.stacks)
    for result in (Result.HELD, Result.FAILED):
        # What many have in common is said once.
        alike: dict[tuple[str, str], list[str]] = {}
        for one in every:
            if one.result is result:
                alike.setdefault((one.message, one.hint), []).append(_name(one))
        for (message, hint), names in alike.items():
            console.print(plain(f"\n{', '.join(names)} {result}:", style=_COLOURS[result]))
            console.print(plain(f"  {message}".replace("\n", "\n  ")))
            if hint:
                console.print(plain(f"  next: {hint}"))
    numbers = {result: sum(one.result is result for one in every) for result in Result}
    console.print(
        (f"{counted(len(fleet.hosts), 'host')}, " if fleet.hosts else "")
        + f"{counted(len(fleet.stacks), 'stack')} in {fleet.seconds:.1f} s: "
        + ", ".join(f"{number} {words[result]}" for result, number in numbers.items() if number)
    )


def to_json(fleet: FleetPlan | FleetOutcome) -> str:
    """Return a plan or what became of it as stable JSON (``docs/reference/json.md``)."""
    document = {
        "version": 1,
        "seconds": round(fleet.seconds, 3),
        "hosts": [
            {
                "host": host.host,
                "result": str(host.result),
                "seconds": round(host.seconds, 3),
                "changes": list(host.changes),
                "foreign": list(host.foreign),
                "not_verifiable": list(host.not_verifiable),
                "message": host.message,
                "hint": host.hint,
            }
            for host in fleet.hosts
        ],
        "stacks": [
            {
                "stack": stack.stack,
                "result": str(stack.result),
                "seconds": round(stack.seconds, 3),
                "counts": dict(sorted(stack.counts.items())),
                "changes": [
                    {"operation": c.operation, "what": c.what, "fields": list(c.fields)} for c in stack.changes
                ],
                "message": stack.message,
                "hint": stack.hint,
            }
            for stack in fleet.stacks
        ],
    }
    return json_text(document, indent=1)
