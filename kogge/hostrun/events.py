"""What a run of Ansible reports, read from the JSON lines of the callback ``kogge_events``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kogge.visible import guarded, visible


class EventKind(StrEnum):
    """What happened."""

    START = "start"
    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"
    IGNORED = "ignored"
    """Failed, and the playbook goes on."""
    UNREACHABLE = "unreachable"
    STATS = "stats"
    """The run came to its end; without it the run was killed."""


@dataclass(frozen=True, slots=True)
class HostEvent:
    """One line."""

    kind: EventKind
    host: str
    role: str
    task: str
    at: float = 0.0
    """Seconds since the epoch."""
    changed: bool = False
    changes: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    not_verifiable: tuple[str, ...] = ()
    message: str = ""
    path: str = ""
    """File and line of the task."""
    facts: Mapping[str, Any] | None = None


def parse_event(line: str) -> HostEvent:
    """Return the event of one line; what it says to people is made visible, the facts are left as they are.

    :raises ValueError: it is no JSON object of the callback.
    """
    data = json.loads(line)
    return HostEvent(
        kind=EventKind(data["event"]),
        host=data.get("host", ""),
        role=data.get("role", ""),
        task=data.get("task", ""),
        at=data.get("at", 0.0),
        changed=data.get("changed", False),
        changes=_words(data.get("changes")),
        foreign=_words(data.get("foreign")),
        not_verifiable=_words(data.get("not_verifiable")),
        message=guarded(data.get("message", "")),
        path=data.get("path", ""),
        facts=data.get("facts"),
    )


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str):
        return ()
    return tuple(visible(str(item)) for item in value)
