"""Read what hosts run, with the read-only modules of ``playbooks/facts.yml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kogge.hostrun.access import Access
from kogge.hostrun.events import EventKind, HostEvent
from kogge.hostrun.private import private_directory
from kogge.hostrun.run import HostRunError, Progress, close_connections, play, write_documents


@dataclass(frozen=True, slots=True)
class FactsQuestion:
    """What to read on one host."""

    managed: tuple[str, ...]
    watched: tuple[str, ...]
    firewall: str
    settings: tuple[str, ...]
    units: tuple[str, ...]
    database_port: int | None = None
    """None: the host has no PostgreSQL."""
    programs: bool = True
    """Whether the files of all packages are compared with their checksums."""

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the module ``host_facts``."""
        return {
            "managed": list(self.managed),
            "watched": list(self.watched),
            "firewall": self.firewall,
            "settings": list(self.settings),
            "units": list(self.units),
            "programs": self.programs,
        }


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What one host runs: plain JSON as the modules return it."""

    host: Mapping[str, Any] | None
    database: Mapping[str, Any] | None
    unknown: tuple[str, ...] = field(default=())
    """Why something could not be read."""


def read_facts(
    access: Access, questions: Mapping[str, FactsQuestion], *, progress: Progress | None = None
) -> dict[str, HostFacts]:
    """Return the facts of every host of ``questions``; all hosts at once, with two tasks and no write.

    :raises HostRunError: Ansible could not be started.
    """
    if not questions:
        return {}
    with private_directory() as directory:
        write_documents(directory, access, ())
        for name, question in questions.items():
            place = directory / "documents" / name
            place.mkdir()
            document = {"host": question.arguments(), "database_port": question.database_port}
            (place / "facts.json").write_text(json.dumps(document), encoding="utf-8")
        events, ended, complaint = play(
            directory, "facts", sorted(questions), check=False, progress=progress, variables={}
        )
        close_connections(directory, access)
    if not any(event.host for event in events):
        raise HostRunError(f"Ansible could not read the hosts: {complaint or 'no word why'}", hint="run 'kogge doctor'")
    return {name: _facts(name, question, events, ended=ended) for name, question in questions.items()}


def _facts(name: str, question: FactsQuestion, events: list[HostEvent], *, ended: bool) -> HostFacts:
    mine = [event for event in events if event.host == name]
    read = {event.task: event.facts for event in mine if event.kind is EventKind.OK and event.facts is not None}
    host, database = read.get("Read the host"), read.get("Read PostgreSQL")
    reasons = [event.message for event in mine if event.kind in (EventKind.FAILED, EventKind.UNREACHABLE)]
    wanted = [host] if question.database_port is None else [host, database]
    if not reasons and None in wanted:
        reasons = ["the host was not asked" if ended else "the run did not come to its end"]
    if database is not None and "unavailable" in database:
        reasons.append(f"PostgreSQL: {database['unavailable']}")
        database = None
    return HostFacts(host, database, tuple(reasons))
