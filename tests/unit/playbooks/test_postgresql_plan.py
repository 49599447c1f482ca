"""What a database host guarantees stands in its document alone: the module's plan and the check both follow it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kogge.derived import by_name
from kogge.desired.hosts import HostState, LoginKeys, host_states, in_order
from kogge.desired.hosts.database import FENCE
from kogge.desired.hosts.database_state import (
    DatabaseState,
    Fence,
    InitialRights,
    RoleAttributes,
    RoleKind,
)
from kogge.drift.hosts.database import ExpectedSecrets, database_findings
from kogge.drift.hosts.difference import On
from kogge.estate import require_estate
from kogge.estate.models.tenant import Stage
from kogge.hostrun.answers import database_facts
from tests.support.checkout import CHECKOUT

MOELLN = "moelln--terminvergabe"
VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$eA==:eA=="
NOBODY = ExpectedSecrets({})


@pytest.fixture(scope="module")
def module() -> Iterator[SimpleNamespace]:
    """Return what the module uses, imported as Ansible lays it out on a host."""
    import ansible.module_utils

    added = str(CHECKOUT / "playbooks" / "module_utils")
    ansible.module_utils.__path__.append(added)
    try:
        from ansible.module_utils import postgresql_fence, postgresql_plan

        yield SimpleNamespace(plan=postgresql_plan, fence=postgresql_fence)
    finally:
        ansible.module_utils.__path__.remove(added)
        for name in [name for name, found in sys.modules.items() if _from(found, added)]:
            del sys.modules[name]


def _from(found: ModuleType, place: str) -> bool:
    return str(getattr(found, "__file__", None)).startswith(place)


def db1(stage: Stage) -> HostState:
    estate = require_estate(CHECKOUT, as_of=date(2026, 11, 24))
    moelln = estate.tenants["moelln"].model_copy(update={"stage": stage})
    estate = replace(estate, tenants={**estate.tenants, "moelln": moelln})
    return next(state for state in host_states(estate, LoginKeys()) if state.name == "db1")


def with_database(host: HostState, database: DatabaseState) -> HostState:
    roles = tuple(role if role.database is None else replace(role, database=database) for role in host.roles)
    return replace(host, roles=roles)


def document(host: HostState) -> dict[str, Any]:
    """Return the part ``database`` as it reaches the host: through JSON."""
    (content,) = [d.content for d in in_order([host]) if d.role == "database"]
    found: dict[str, Any] = json.loads(json.dumps(by_name(content["database"])))
    return found


def catalogs(state: DatabaseState) -> SimpleNamespace:
    """Return catalogs of a cluster that is exactly as its state says, as ``Catalogs`` reads them."""
    roles = {
        role.name: {
            **{name: getattr(state.profile(role).attributes, name) for name in RoleAttributes.__slots__},
            "connections": role.connections,
            "verifier": VERIFIER if role.kind is RoleKind.SERVICE else None,
            "valid_until": None,
        }
        for role in state.roles
    }
    memberships = {(group, role.name): False for role in state.roles for group in state.profile(role).member_of}
    databases = {
        wanted.name: {
            "owner": wanted.owner,
            "connections": wanted.connections,
            "allows": True,
            "template": False,
            "encoding": state.encoding,
            "grants": sorted(
                [
                    *((wanted.owner, right, False) for right in state.rights.owner),
                    *((visitor, right, False) for visitor in wanted.visitors for right in state.rights.visitor),
                ]
            ),
        }
        for wanted in state.databases
    }
    databases |= {
        own.name: {
            "owner": own.owner,
            "connections": own.connections,
            "allows": own.connectable,
            "template": own.template,
            "encoding": state.encoding,
            "grants": [
                *((own.owner, right, False) for right in state.rights.owner),
                *((visitor, right, False) for visitor in own.visitors for right in state.rights.visitor),
            ],
        }
        for own in state.own_databases
    }
    settings = {(wanted.name, wanted.name): dict(wanted.settings) for wanted in state.databases}
    return SimpleNamespace(
        roles=roles, settings=settings, members=memberships, databases=databases, sessions={}, held=set()
    )


def facts(found: SimpleNamespace) -> dict[str, Any]:
    """Return the same catalogs as the facts program returns them."""
    return {
        "roles": {
            name: {**row, "secret": row["verifier"] is not None, "scram": True} for name, row in found.roles.items()
        },
        "settings": [{"role": r, "database": d, "settings": values} for (r, d), values in found.settings.items()],
        "members": [{"role": r, "member": m, "admin": admin} for (r, m), admin in found.members.items()],
        "databases": {name: {**row, "size": 0} for name, row in found.databases.items()},
        "sessions": {},
        "rules": [],
        "configuration": [],
        "inside": {},
        "shared": [],
        "unread": {},
        "fences": {},
    }


def planned(module: SimpleNamespace, host: HostState, found: SimpleNamespace) -> list[str]:
    wanted = module.plan.Wanted(document(host), {role.name: VERIFIER for role in _services(host)})
    steps = [*module.fence.crossings(wanted, found), *module.plan.plan(wanted, found)]
    return [step.text for step in steps]


def _services(host: HostState) -> list[Any]:
    assert host.database is not None
    return list(host.database.roles_of(RoleKind.SERVICE))


def checked(host: HostState, found: SimpleNamespace) -> list[tuple[str, str]]:
    assert host.database is not None
    seen = database_findings(On("db1", "database"), host.database, database_facts(facts(found)), NOBODY)
    return [(str(finding.where.to_json()["item"]), finding.path) for finding in seen]


def state(host: HostState) -> DatabaseState:
    assert host.database is not None
    return host.database


@pytest.mark.parametrize("stage", [Stage.MEMBER, Stage.LEAVING])
def test_a_cluster_as_its_document_says_needs_no_step_and_has_no_finding(module: SimpleNamespace, stage: Stage) -> None:
    host = db1(stage)
    found = catalogs(state(host))
    assert planned(module, host, found) == []
    assert checked(host, found) == []


def _attribute(kind: RoleKind, **changes: bool) -> Callable[[DatabaseState], DatabaseState]:
    def change(before: DatabaseState) -> DatabaseState:
        profile = before.kinds[kind]
        changed = replace(profile, attributes=replace(profile.attributes, **changes))
        return replace(before, kinds={**before.kinds, kind: changed})

    return change


def _membership(before: DatabaseState) -> DatabaseState:
    profile = replace(before.kinds[RoleKind.FACTS], member_of=("pg_monitor",))
    return replace(before, kinds={**before.kinds, RoleKind.FACTS: profile})


def _connections(name: str, number: int) -> Callable[[DatabaseState], DatabaseState]:
    def change(before: DatabaseState) -> DatabaseState:
        roles = tuple(replace(role, connections=number) if role.name == name else role for role in before.roles)
        return replace(before, roles=roles)

    return change


def _reserve(before: DatabaseState) -> DatabaseState:
    databases = tuple(replace(entry, connections=entry.connections + 1) for entry in before.databases)
    return replace(before, databases=databases)


def _owner_right(before: DatabaseState) -> DatabaseState:
    return replace(before, rights=replace(before.rights, owner=("CONNECT", "TEMPORARY")))


def _visitor_right(before: DatabaseState) -> DatabaseState:
    return replace(before, rights=replace(before.rights, visitor=("CONNECT", "TEMPORARY")))


def _visitors(before: DatabaseState) -> DatabaseState:
    own = tuple(replace(entry, visitors=()) if entry.name == "postgres" else entry for entry in before.own_databases)
    return replace(before, own_databases=own)


@pytest.mark.parametrize(
    ("change", "step", "finding"),
    [
        (
            _attribute(RoleKind.SERVICE, createdb=True),
            f"role {MOELLN}: createdb false",
            (f"role {MOELLN}", "/createdb"),
        ),
        (
            _attribute(RoleKind.FACTS, replication=True),
            "role kogge-facts: replication false",
            ("role kogge-facts", "/replication"),
        ),
        (
            _attribute(RoleKind.KEEPER, inherit=False),
            f"role _{MOELLN}: inherit true",
            (f"role _{MOELLN}", "/inherit"),
        ),
        (
            _connections("kogge-facts", 9),
            "role kogge-facts: connection limit 8",
            ("role kogge-facts", "/connections"),
        ),
        (
            _connections(f"_{MOELLN}", 1),
            f"role _{MOELLN}: connection limit 0",
            (f"role _{MOELLN}", "/connections"),
        ),
        (
            _membership,
            "role kogge-facts: not a member of pg_monitor",
            ("role kogge-facts", "/member_of/pg_monitor"),
        ),
        (_reserve, f"database {MOELLN}: connection limit 22", (f"database {MOELLN}", "/connections")),
        (
            _owner_right,
            f"database {MOELLN}: create for _{MOELLN}",
            (f"database {MOELLN}", f"/grants/_{MOELLN}/create"),
        ),
        (
            _visitor_right,
            f"database {MOELLN}: no temporary for kogge-facts",
            (f"database {MOELLN}", "/grants/kogge-facts/temporary"),
        ),
        (
            _visitors,
            "database postgres: connect for kogge-facts",
            ("database postgres", "/grants/kogge-facts/connect"),
        ),
    ],
)
def test_what_the_document_says_otherwise_is_planned_and_found(
    module: SimpleNamespace,
    change: Callable[[DatabaseState], DatabaseState],
    step: str,
    finding: tuple[str, str],
) -> None:
    host = db1(Stage.LEAVING)
    found = catalogs(state(host))
    other = with_database(host, change(state(host)))
    assert step in planned(module, other, found)
    assert finding in checked(other, found)


def test_a_new_database_gets_the_encoding_of_the_document_and_one_with_another_is_found(
    module: SimpleNamespace,
) -> None:
    host = db1(Stage.MEMBER)
    other = with_database(host, replace(state(host), encoding="LATIN1"))
    found = catalogs(state(host))
    assert (f"database {MOELLN}", "/encoding") in checked(other, found)
    del found.databases[MOELLN]
    wanted = module.plan.Wanted(document(other), {})
    (made,) = [step for step in module.plan.plan(wanted, found) if step.text == f"database {MOELLN}: missing"]
    assert "ENCODING {}" in made._template
    assert made._names[2] == "kogge-template"
    assert made._values == ("LATIN1",)


def test_a_role_of_ours_that_is_no_longer_needed_is_removed_with_what_we_gave_it(module: SimpleNamespace) -> None:
    host = db1(Stage.MEMBER)
    found = catalogs(state(host))
    found.roles["kogge-backup"] = {**found.roles["kogge-facts"]}
    found.members["pg_read_all_data", "kogge-backup"] = False
    found.databases["closed--x"] = {**found.databases[MOELLN], "grants": [("kogge-backup", "CONNECT", False)]}
    found.databases[MOELLN]["grants"].append(("kogge-backup", "CONNECT", False))
    assert planned(module, host, found) == [
        f"database {MOELLN}: connect for kogge-backup",
        "database closed--x: rights of kogge-backup",
        "role kogge-backup: no longer needed",
    ]
    assert ("role kogge-backup", "") in checked(host, found)


def test_a_role_of_ours_that_a_tenant_gave_something_is_left_without_login_and_powers(module: SimpleNamespace) -> None:
    host = db1(Stage.MEMBER)
    found = catalogs(state(host))
    found.roles["kogge-backup"] = {**found.roles["kogge-facts"]}
    found.members["pg_read_all_data", "kogge-backup"] = False
    found.held.add("kogge-backup")
    assert planned(module, host, found) == [
        "role kogge-backup: no longer needed",
        "role kogge-backup: member of pg_read_all_data",
    ]
    found.roles["kogge-backup"]["login"] = False
    found.members.clear()
    assert planned(module, host, found) == []


def test_a_fence_is_put_up_and_closed_with_the_rights_of_the_document(module: SimpleNamespace) -> None:
    fence = Fence({**FENCE.rights, "TABLE": "REFERENCES"}, ("lo_put(oid, bigint, bytea)",), FENCE.callers)

    def wanted(stage: Stage) -> Any:
        host = db1(stage)
        changed = _attribute(RoleKind.KEEPER, createrole=True)(replace(state(host), fence=fence))
        return module.plan.Wanted(document(with_database(host, changed)), {})

    leaving = wanted(Stage.LEAVING)
    gaps = [{"kind": "TABLE", "thing": "public.cases"}, {"kind": "FUNCTION", "thing": "lo_put(oid,bigint,bytea)"}]
    (closed,) = module.fence.closing(MOELLN, f"_{MOELLN}", leaving.cluster["fence"], gaps)
    assert "GRANT REFERENCES ON TABLE public.cases TO {0}" in closed._template
    (kept,) = module.fence.reserving(MOELLN, leaving.cluster["fence"], gaps)
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_put(oid, bigint, bytea) FROM PUBLIC, {}" in kept._template
    assert "GRANT EXECUTE ON FUNCTION pg_catalog.lo_put(oid, bigint, bytea) TO pg_database_owner" in kept._template
    (up,) = module.fence.crossings(leaving, catalogs(state(db1(Stage.MEMBER))))
    assert "ALTER ROLE {1} NOSUPERUSER INHERIT CREATEROLE NOCREATEDB NOLOGIN" in up._template
    assert module.fence.to_take_down(wanted(Stage.MEMBER), catalogs(state(db1(Stage.LEAVING)))) == [MOELLN]
    assert module.fence.to_take_down(leaving, catalogs(state(db1(Stage.LEAVING)))) == []


def test_the_tenant_is_kept_out_and_its_sessions_are_ended_before_rights_are_lent_and_they_are_given_back(
    module: SimpleNamespace,
) -> None:
    keeper = f"_{MOELLN}"
    before, after = module.fence.members("kogge-fence", MOELLN, keeper, {MOELLN, keeper})
    assert before[0]._template == "ALTER ROLE {} NOLOGIN"
    # Seen by others before sessions are ended.
    assert before[0].alone
    assert "pg_terminate_backend" in before[1]._template
    lent = {(step._names, step._template) for step in before[2:]}
    assert lent == {((role, "kogge-fence"), "GRANT {} TO {}") for role in (MOELLN, keeper)}
    assert [step._template for step in after] == ["REVOKE {} FROM {}", "REVOKE {} FROM {}", "ALTER ROLE {} LOGIN"]


def test_a_right_that_every_database_has_of_itself_is_none_of_the_findings() -> None:
    host = db1(Stage.MEMBER)
    found = facts(catalogs(state(host)))
    usage = {"thing": "schema public", "grantee": "PUBLIC", "privilege": "USAGE"}
    found["inside"] = {MOELLN: [usage]}
    answer = database_facts(found)
    on = On("db1", "database")
    assert list(database_findings(on, state(host), answer, NOBODY)) == []
    (seen,) = database_findings(on, replace(state(host), initial=InitialRights((), ())), answer, NOBODY)
    assert seen.path == "/schema/public/PUBLIC/USAGE"
