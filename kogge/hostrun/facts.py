"""Read what hosts run, with the read-only modules of ``playbooks/facts.yml``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kogge.desired.hosts.question import FactsQuestion
from kogge.hostrun.access import Access
from kogge.hostrun.answers import Answer, AnswerError, DatabaseFacts, SystemFacts, database_facts, system_facts
from kogge.hostrun.events import EventKind, HostEvent
from kogge.hostrun.run import HostRunError, Progress, close_connections, play, write_documents
from kogge.private import private_directory


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What one host runs; None for what could not be read or is not there."""

    host: SystemFacts | None
    database: DatabaseFacts | None
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
    with private_directory() as private:
        directory = private.path
        write_documents(directory, access, ())
        for name, question in questions.items():
            place = directory / "documents" / name
            place.mkdir()
            (place / "facts.json").write_text(json.dumps(question.document()), encoding="utf-8")
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
    asked = ["Read the host"] if question.database is None else ["Read the host", "Read PostgreSQL"]
    reasons = [event.message for event in mine if event.kind in (EventKind.FAILED, EventKind.UNREACHABLE)]
    if not reasons and not all(task in read for task in asked):
        reasons = ["the host was not asked" if ended else "the run did not come to its end"]
    catalogs = read.get("Read PostgreSQL")
    if catalogs is not None and "unavailable" in catalogs:
        reasons.append(f"PostgreSQL: {catalogs['unavailable']}")
        catalogs = None
    host = _typed(system_facts, read.get("Read the host"), reasons)
    return HostFacts(host, _typed(database_facts, catalogs, reasons), tuple(reasons))


def _typed(read: Callable[[object], Answer], answer: object, reasons: list[str]) -> Answer | None:
    """Return an answer by its type; where it has another shape None, and why in ``reasons``."""
    try:
        return None if answer is None else read(answer)
    except AnswerError as error:
        reasons.append(error.message)
        return None
