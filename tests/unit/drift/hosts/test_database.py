"""Catalogs against the state of a database host: every value changed once, and each difference with its tenant."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kogge.desired.hosts import LoginKeys, host_states
from kogge.desired.hosts.database_state import DatabaseState, TenantDatabase
from kogge.digests import digest
from kogge.drift.hosts.database import ExpectedSecrets, database_findings, unknown_passwords
from kogge.drift.hosts.difference import On
from kogge.estate import require_estate
from kogge.estate.models.tenant import Stage
from kogge.findings import Finding, FindingClass, HostRef, Severity
from kogge.hostrun.answers import database_facts
from kogge.scram import verifier
from tests.support.checkout import CHECKOUT

MOELLN = "moelln--terminvergabe"
GIBIBYTE = 2**30


def state(stage: Stage = Stage.MEMBER) -> DatabaseState:
    """Return what PostgreSQL of db1 must be with Mölln at a stage."""
    estate = require_estate(CHECKOUT, as_of=date(2026, 11, 24))
    moelln = estate.tenants["moelln"].model_copy(update={"stage": stage})
    estate = replace(estate, tenants={**estate.tenants, "moelln": moelln})
    every = host_states(estate, LoginKeys())
    return next(host.database for host in every if host.name == "db1" and host.database is not None)


def role(*, login: bool, connections: int, secret: bool) -> dict[str, Any]:
    return {
        **dict.fromkeys(("superuser", "createrole", "createdb", "replication", "bypassrls"), False),
        "inherit": True,
        "login": login,
        "connections": connections,
        "valid_until": None,
        "secret": secret,
        "scram": True,
        **({"verifier_sha256": "verifier"} if secret else {}),
    }


def database(entry: TenantDatabase) -> dict[str, Any]:
    visitors = {"kogge-facts"} | ({entry.name} if entry.owner != entry.name else set())
    owned = [(entry.owner, right, False) for right in ("CONNECT", "CREATE", "TEMPORARY")]
    return {
        "owner": entry.owner,
        "connections": PLANNED[entry.name] + 2,
        "allows": True,
        "template": False,
        "encoding": "UTF8",
        "size": 8 * 2**20,
        "grants": [*owned, *((visitor, "CONNECT", False) for visitor in visitors)],
    }


def clean_facts(wanted: DatabaseState) -> dict[str, Any]:
    """Return the catalogs of a cluster that is exactly as its state says."""
    roles = {entry.name: role(login=True, connections=PLANNED[entry.name], secret=True) for entry in DATABASES}
    keepers = {entry.owner for entry in wanted.databases} - set(roles)
    roles |= {keeper: role(login=False, connections=0, secret=False) for keeper in keepers}
    roles |= {"kogge-fence": role(login=True, connections=1, secret=False)}
    roles |= {"kogge-facts": {**role(login=True, connections=8, secret=False), "inherit": False}}
    own = {"owner": "postgres", "connections": -1, "allows": True, "size": 0}
    grants = [("postgres", right, False) for right in ("CONNECT", "CREATE", "TEMPORARY")]
    grants.append(("kogge-facts", "CONNECT", False))
    databases = {entry.name: database(entry) for entry in wanted.databases}
    databases |= {name: {**own, "template": name != "postgres", "grants": grants} for name in ("postgres", "template1")}
    closed = {**own, "template": True, "allows": False}
    everybody = ("PUBLIC", "CONNECT", False)
    databases["template0"] = {**closed, "grants": [*grants[:3], everybody]}
    databases["kogge-template"] = {**closed, "connections": 0, "grants": grants[:3]}
    return {
        "roles": roles,
        "settings": [
            {"role": entry.name, "database": entry.name, "settings": dict(entry.settings)} for entry in wanted.databases
        ],
        "members": [],
        "databases": databases,
        "sessions": {},
        "fences": {},
        "inside": {name: [] for name in databases},
        "shared": [],
        "unread": {},
        "configuration": [],
        "rules": [],
    }


def planned() -> dict[str, int]:
    """Return how many connections the plan of its tenant gives each database."""
    platform = require_estate(CHECKOUT, as_of=date(2026, 11, 24))
    size = {name: tenant.size for name, tenant in platform.tenants.items()}
    return {entry.name: platform.platform.plans[size[entry.tenant]].database.connections for entry in DATABASES}


DATABASES = state().databases
PLANNED = planned()
KNOWN = ExpectedSecrets({entry.name: "verifier" for entry in DATABASES})


def findings(wanted: DatabaseState, facts: dict[str, Any]) -> list[Finding]:
    return list(database_findings(On("db1", "database"), wanted, database_facts(facts), KNOWN))


@pytest.mark.parametrize("stage", [Stage.PILOT, Stage.MEMBER, Stage.LEAVING])
def test_catalogs_that_are_as_the_document_says_have_no_finding(stage: Stage) -> None:
    wanted = state(stage)
    assert findings(wanted, clean_facts(wanted)) == []


def changed(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 7
        case None:
            return "2030-01-01"
        case _:
            return f"{value}x"


def places(stage: Stage) -> Iterator[tuple[Stage, str, str, str]]:
    """Yield where every value of a role or database stands: stage, catalog, name, key."""
    facts = clean_facts(state(stage))
    for catalog in ("roles", "databases"):
        for name, row in facts[catalog].items():
            # What a verifier is made of is judged with a key alone; the size has a limit, and a test of its own.
            judged = set(row) - {"grants", "size", "scram"}
            if name.startswith("_"):
                judged -= {"valid_until"}
            yield from ((stage, catalog, name, key) for key in sorted(judged))


@pytest.mark.parametrize(("stage", "catalog", "name", "key"), [*places(Stage.MEMBER), *places(Stage.LEAVING)])
def test_every_value_of_a_role_or_database_is_seen_when_it_changes(
    stage: Stage, catalog: str, name: str, key: str
) -> None:
    wanted = state(stage)
    facts = clean_facts(wanted)
    row = facts[catalog][name] = dict(facts[catalog][name])
    row[key] = changed(row[key])
    found = [f for f in findings(wanted, facts) if f.path in (f"/{key}", "/password")]
    assert [str(f.where) for f in found] == [f"db1 database: {catalog.removesuffix('s')} {name}"]


def test_a_forged_verifier_with_the_right_salt_is_found_and_one_nobody_knows_is_unknown() -> None:
    salt, ours = b"s" * 32, verifier("derived", b"s" * 32)
    wanted, facts = state(), clean_facts(state())
    for entry in DATABASES:
        facts["roles"][entry.name]["verifier_sha256"] = digest(ours)

    def seen(secrets: ExpectedSecrets) -> list[Finding]:
        return list(database_findings(On("db1", "database"), wanted, database_facts(facts), secrets))

    known = ExpectedSecrets({entry.name: digest(ours) for entry in DATABASES})
    assert seen(known) == []
    facts["roles"][MOELLN]["verifier_sha256"] = digest(verifier("chosen by a thief", salt))
    [found] = seen(known)
    assert (found.path, found.severity, found.tenant) == ("/password", Severity.CRITICAL, "moelln")
    nothing = ExpectedSecrets({})
    assert seen(nothing) == []
    assert set(unknown_passwords(wanted, database_facts(facts), nothing)) == {entry.name for entry in DATABASES}


@pytest.mark.parametrize("key", sorted(state(Stage.LEAVING).databases[0].settings))
def test_every_setting_of_a_role_is_seen_when_it_changes(key: str) -> None:
    wanted = state(Stage.LEAVING)
    facts = clean_facts(wanted)
    facts["settings"][0]["settings"][key] = "other"
    assert [f.path for f in findings(wanted, facts)] == [f"/settings/{key}"]


def test_a_database_over_its_plan_is_a_finding_of_its_tenant_and_one_at_the_limit_is_none() -> None:
    wanted, facts = state(), clean_facts(state())
    limit = next(entry.size for entry in wanted.databases if entry.name == MOELLN)
    facts["databases"][MOELLN]["size"] = limit
    assert findings(wanted, facts) == []
    facts["databases"][MOELLN]["size"] = limit + GIBIBYTE
    (found,) = findings(wanted, facts)
    assert (found.tenant, found.path, found.severity) == ("moelln", "/size", Severity.HIGH)
    assert found.where == HostRef("db1", "database", f"database {MOELLN}")
    assert found.expected == {"at most": "5.00 GiB", "bytes": 5 * GIBIBYTE}
    assert found.found == {"takes": "6.00 GiB", "bytes": 6 * GIBIBYTE}


def test_the_owner_behind_a_fence_is_missed_and_its_old_sessions_are_seen() -> None:
    wanted = state(Stage.LEAVING)
    facts = clean_facts(wanted)
    facts["sessions"] = {f"_{MOELLN}": 3}
    assert [(f.path, f.found, f.tenant) for f in findings(wanted, facts)] == [("/sessions", 3, "moelln")]
    del facts["roles"][f"_{MOELLN}"]
    (found,) = findings(wanted, facts)
    assert (found.classification, found.tenant) == (FindingClass.MISSING, "moelln")


def test_a_fence_that_was_taken_down_in_the_files_alone_is_seen() -> None:
    """A run is needed: the catalogs still say that the tenant is leaving."""
    wanted, facts = state(Stage.MEMBER), clean_facts(state(Stage.LEAVING))
    seen = {(f.where.item, f.path) for f in findings(wanted, facts) if isinstance(f.where, HostRef)}
    assert {(f"role _{MOELLN}", ""), (f"database {MOELLN}", "/owner")} <= seen


def test_what_belongs_to_another_role_is_foreign_with_the_tenant_of_the_database() -> None:
    wanted, facts = state(), copy.deepcopy(clean_facts(state()))
    facts["shared"] = [{"item": f"database {MOELLN}", "path": ["owned", "x/y"], "told": "1 objects"}]
    assert [(f.tenant, f.path) for f in findings(wanted, facts)] == [("moelln", "/owned/x~1y")]


def test_databases_of_a_closed_tenant_are_foreign_and_no_longer_wanted() -> None:
    wanted, facts = state(Stage.CLOSED), clean_facts(state())
    assert MOELLN not in {entry.name for entry in wanted.databases}
    seen = {(f.where.item, f.classification) for f in findings(wanted, facts) if isinstance(f.where, HostRef)}
    assert (f"database {MOELLN}", FindingClass.FOREIGN) in seen
