"""What plans and applies did: progress on stderr while they run, one summary on stdout."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kogge.deploy.outcome import FleetOutcome, HostOutcome, Result, StackOutcome
from kogge.report.wording import counted

_COLOURS = {
    Result.CREATED: "green",
    Result.UPDATED: "yellow",
    Result.UNCHANGED: "default",
    Result.SKIPPED: "bright_black",
    Result.HELD: "yellow",
    Result.FAILED: "red",
}
_PLANNED = {Result.CREATED: "would be created", Result.UPDATED: "would be updated"}


class FleetView:
    """Live lines on a terminal, one plain line per finished stack elsewhere. Holds state: threads report to it."""

    def __init__(self, *, apply: bool) -> None:
        self._apply = apply
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
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
        """Name stacks that run because of another one."""
        for stack, reason in stacks.items():
            if reason.startswith("holds"):
                self._console.print(f"also {stack}: {reason}")

    def started(self, stack: str) -> None:
        """Show a line for the stack."""
        self.step(stack, "…")

    def step(self, stack: str, text: str) -> None:
        """Show what is being done in the stack."""
        with self._mutex:
            self._running[stack] = text
            self._refresh()

    def finished(self, outcome: StackOutcome | HostOutcome) -> None:
        """Print the line of a stack or host for good."""
        with self._mutex:
            self._running.pop(_name(outcome).removeprefix("host "), None)
            self._refresh()
            self._console.print(self._line(outcome))

    def _refresh(self) -> None:
        if self._live is not None:
            table = Table.grid(padding=(0, 2))
            for stack, text in self._running.items():
                table.add_row(stack, Text(text, overflow="ellipsis", no_wrap=True))
            self._live.update(table)

    def _line(self, outcome: StackOutcome | HostOutcome) -> Text:
        word = str(outcome.result) if self._apply else _PLANNED.get(outcome.result, str(outcome.result))
        counts = _counts(outcome)
        line = Text(f"{_name(outcome):<24} ")
        line.append(f"{word:<16}", style=_COLOURS[outcome.result])
        line.append(f" {outcome.seconds:6.1f} s  {counts}")
        return line


def _name(outcome: StackOutcome | HostOutcome) -> str:
    return f"host {outcome.host}" if isinstance(outcome, HostOutcome) else outcome.stack


def _counts(outcome: StackOutcome | HostOutcome) -> str:
    if isinstance(outcome, HostOutcome):
        told = [counted(len(outcome.changes), "change")] if outcome.changes else []
        told += [f"{len(outcome.foreign)} foreign"] if outcome.foreign else []
        return ", ".join(told)
    return ", ".join(f"{number} {operation}" for operation, number in sorted(outcome.counts.items()))


def print_summary(outcome: FleetOutcome, *, apply: bool) -> None:
    """Print changes of a plan, failures with their next steps, and the numbers of the run."""
    console = Console(highlight=False, soft_wrap=True)
    done: tuple[StackOutcome | HostOutcome, ...] = (*outcome.hosts, *outcome.stacks)
    if not apply:
        for host in outcome.hosts:
            for told in host.changes:
                console.print(Text(f"{_name(host):<24} {told}"))
        for stack in outcome.stacks:
            for change in stack.changes:
                fields = f"  ({', '.join(change.fields)})" if change.fields else ""
                console.print(Text(f"{stack.stack:<24} {change.operation:<8} {change.what}{fields}"))
    for result in (Result.HELD, Result.FAILED):
        # What many have in common is said once.
        alike: dict[tuple[str, str], list[str]] = {}
        for one in done:
            if one.result is result:
                alike.setdefault((one.message, one.hint), []).append(_name(one))
        for (message, hint), names in alike.items():
            console.print(Text(f"\n{', '.join(names)} {result}:", style=_COLOURS[result]))
            console.print(Text(f"  {message}".replace("\n", "\n  ")))
            if hint:
                console.print(Text(f"  next: {hint}"))
    numbers = {result: sum(one.result is result for one in done) for result in Result}
    words = {r: (str(r) if apply else _PLANNED.get(r, str(r))) for r in Result}
    console.print(
        (f"{counted(len(outcome.hosts), 'host')}, " if outcome.hosts else "")
        + f"{counted(len(outcome.stacks), 'stack')} in {outcome.seconds:.1f} s: "
        + ", ".join(f"{number} {words[result]}" for result, number in numbers.items() if number)
    )


def to_json(outcome: FleetOutcome) -> str:
    """Return the summary as stable JSON (``docs/reference/json.md``)."""
    document = {
        "version": 1,
        "seconds": round(outcome.seconds, 3),
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
            for host in outcome.hosts
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
            for stack in outcome.stacks
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
