"""What is to be read on a host so that it can be compared with its state: plain values, ready to be written as JSON.

Belongs here: the question, which `up` writes on the host. How the answer travels belongs to ``kogge.hostrun``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from kogge.desired.hosts.database_state import DatabaseState, Fence
from kogge.desired.hosts.firewall import PATH as FIREWALL
from kogge.desired.hosts.nightly import DATABASE_QUESTION, QUESTION
from kogge.desired.hosts.state import HostState
from kogge.json_value import JsonObject


@dataclass(frozen=True, slots=True)
class DatabaseQuestion:
    """What to read of PostgreSQL."""

    port: int
    role: str
    """Role and system account that look into databases."""
    own: Mapping[str, tuple[str, ...]]
    """Each database that is looked into, and the roles whose rights in it are not asked for."""
    keepers: Mapping[str, str]
    """Fenced database to the role that owns it."""
    fence: Fence

    def document(self) -> JsonObject:
        """Return the question as JSON: its own fields, and theirs."""
        return cast("JsonObject", asdict(self))


@dataclass(frozen=True, slots=True)
class FactsQuestion:
    """What to read on one host."""

    managed: tuple[str, ...]
    told: tuple[str, ...]
    """Those of the managed files whose content is answered."""
    watched: tuple[str, ...]
    firewall: str
    settings: tuple[str, ...]
    units: tuple[str, ...]
    groups: tuple[str, ...]

    def document(self) -> JsonObject:
        """Return the question as JSON: its own fields."""
        return cast("JsonObject", asdict(self))


def facts_question(state: HostState) -> FactsQuestion:
    """Return what to read on a host; the files in which this stands are among what is read."""
    system, units = state.system, state.units
    asked = (QUESTION,) if state.database is None else (QUESTION, DATABASE_QUESTION)
    return FactsQuestion(
        managed=tuple(sorted({*(file.path for file in state.files), *asked})),
        told=tuple(file.path for file in state.files if file.told),
        watched=state.places.watched,
        firewall=next(file.content for file in state.files if file.path == FIREWALL),
        settings=tuple(system.kernel.settings),
        units=(*units.enabled, *units.masked),
        groups=tuple(state.accounts.groups),
    )


def database_question(database: DatabaseState) -> DatabaseQuestion:
    """Return what to read of the PostgreSQL of a host; apart, for it changes with each partner."""
    return DatabaseQuestion(
        database.port,
        database.facts_role,
        {entry.name: database.insiders(entry) for entry in database.every_database},
        {entry.name: entry.keeper for entry in database.databases if entry.fenced},
        database.fence,
    )
