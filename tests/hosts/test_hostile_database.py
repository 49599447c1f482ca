"""A tenant leaves code and obstacles in its database: they work against a superuser who looks in, not against Kogge.

One host, one database per attack, all of them together. First a superuser sets each attack off, so that every one is
known to work; then the check reads them, a fence is put up around each and read, and taken down again.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from kogge.estate.models.tenant import Stage
from kogge.findings import Judgement
from kogge.keyring import Keyring
from kogge.nightly.hosts import check_hosts
from tests.support.database_attacks import ATTACKS, PAYLOAD, REFUSED, DatabaseAttack
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

CAREFUL = "-c search_path=pg_catalog -c role=none -c local_preload_libraries= -c statement_timeout=0"
FUNCTIONS = "lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
PHASES = ("check", "fence put up", "check behind the fence", "fence taken down")
CHECK_SECONDS = 120.0
"""More than all of them take together on a busy machine, less than one that hangs."""


def database(attack: str) -> str:
    """Return the name of database and role."""
    return f"x-{attack}--terminvergabe"


@dataclass
class Storm:
    """What happened: against the superuser, and in each phase of Kogge."""

    hosts: FleetUnderTest
    against_superuser: dict[str, str] = field(default_factory=dict)
    """What psql said."""
    became_superuser: dict[str, set[str]] = field(default_factory=dict)
    """Databases whose role is a superuser, by phase; ``superuser`` is the first."""
    ran: dict[str, list[str]] = field(default_factory=dict)
    """Lines that the payload wrote in a session of Kogge."""
    judgements: dict[str, Judgement] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def look(self, phase: str) -> None:
        """Note who is a superuser and what ran in sessions of Kogge; nobody is a superuser afterwards."""
        every = "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'"
        self.became_superuser[phase] = set(self.hosts.sql(every).split())
        log = self.hosts.sh("db1", "grep -h 'KOGGE-ATTACK .* of kogge as ' /var/log/postgresql/* || true").stdout
        self.ran[phase] = log.splitlines()
        self.hosts.sql("\n".join(f'ALTER ROLE "{role}" NOSUPERUSER;' for role in self.became_superuser[phase]))

    def run(self, phase: str, *, stage: Stage | None = None) -> None:
        """Check, or converge with all the tenants at a stage, while their settings are in force."""
        self.hosts.sql("\n".join(map(_setting, ATTACKS.values())))
        began = time.monotonic()
        if stage is None:
            self.judgements[phase] = check_hosts(self.hosts.estate, hosts=["db1"], programs=False)
        else:
            for attack in ATTACKS:
                self.hosts = self.hosts.at_stage(f"x-{attack}", stage)
            done = self.hosts.converge(hosts=["db1"])
            assert done.ok, [result.message for result in done.results]
        self.seconds[phase] = time.monotonic() - began
        self.look(phase)


def _setting(attack: DatabaseAttack) -> str:
    name = database(attack.name)
    setting = attack.setting.format(role=name)
    return f'ALTER DATABASE "{name}" SET {setting};' if setting else ""


def psql(account: str, role: str, name: str, statements: str, *, careful: bool = False) -> str:
    """Return the line of a shell that runs statements and goes on whatever comes of them."""
    options = f"PGOPTIONS={shlex.quote(CAREFUL)} " if careful else ""
    words = f"psql -XqtA -v ON_ERROR_STOP=1 -U {shlex.quote(role)} -d {shlex.quote(name)} -f - 2>&1 </dev/null || true"
    return f"{options}runuser -u {account} -- {words}".replace("-f -", f"-c {shlex.quote(statements)}")


def each(hosts: FleetUnderTest, commands: dict[str, str]) -> dict[str, str]:
    """Run one command per name on db1, and return what each printed."""
    lines = [f"echo '== {name}'; {command}" for name, command in commands.items()]
    said = hosts.sh("db1", "cd /\n" + "\n".join(lines)).stdout
    parts = (part.partition("\n") for part in said.split("== ")[1:])
    return {name: text.strip() for name, _, text in parts}


def as_tenant(hosts: FleetUnderTest, statements: dict[str, str]) -> dict[str, str]:
    """Run statements in the database of each attack as the tenant itself, as a dump comes in."""
    commands = {
        name: psql("kogge-backup", database(name), database(name), text.replace("{role}", database(name)))
        for name, text in statements.items()
    }
    return each(hosts, commands)


@pytest.fixture(scope="module")
def storm(hosts: FleetUnderTest) -> Iterator[Storm]:
    model = hosts.estate.tenants["moelln"]
    tenants = {f"x-{name}": model.model_copy(update={"name": f"x-{name}"}) for name in ATTACKS}
    estate = replace(hosts.estate, tenants={**hosts.estate.tenants, **tenants})
    found = Storm(replace(hosts, estate=estate, keyring=Keyring(estate)))
    for tenant in tenants:
        if not found.hosts.keyring.has(tenant):
            found.hosts.keyring.create(tenant, has_stack=False)
    try:
        made = found.hosts.converge(hosts=["db1"])
        assert made.ok, [result.message for result in made.results]
        _unleash(found)
        found.run("check")
        found.run("fence put up", stage=Stage.LEAVING)
        found.run("check behind the fence")
        found.run("fence taken down", stage=Stage.MEMBER)
        yield found
    finally:
        _clear(hosts)


def _unleash(found: Storm) -> None:
    """Plant every attack, try what PostgreSQL refuses, and set each off as a superuser who means no harm."""
    planted = as_tenant(found.hosts, {name: f"{PAYLOAD}; {attack.plant}" for name, attack in ATTACKS.items()})
    assert {name: said for name, said in planted.items() if "ERROR" in said} == {}
    settings = {name: _setting(attack) for name, attack in ATTACKS.items() if attack.setting}
    assert "".join(as_tenant(found.hosts, settings).values()) == ""
    for number, (name, statement) in enumerate(REFUSED.items()):
        first = list(ATTACKS)[number]
        found.refused[name] = as_tenant(found.hosts, {first: statement})[first]
    found.against_superuser = each(
        found.hosts,
        {name: psql("postgres", "postgres", database(name), attack.set_off) for name, attack in ATTACKS.items()},
    )
    found.look("superuser")
    # As databases are that were made before there was a template.
    old = f"GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO PUBLIC; REVOKE ALL ON FUNCTION {FUNCTIONS} FROM pg_database_owner"
    each(found.hosts, {name: psql("postgres", "postgres", database(name), old, careful=True) for name in ATTACKS})


def _clear(hosts: FleetUnderTest) -> None:
    hosts.sql("\n".join(f'DROP DATABASE IF EXISTS "{database(name)}" (FORCE);' for name in ATTACKS))
    roles = [role for name in ATTACKS for role in (database(name), f"_{database(name)}")]
    hosts.sql("\n".join(f'DROP ROLE IF EXISTS "{role}";' for role in roles))
    back = hosts.converge(hosts=["db1"])
    assert back.ok, [result.message for result in back.results]
    assert hosts.seen("db1") == {}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_works_against_a_superuser_and_not_against_kogge(storm: Storm, name: str) -> None:
    attack, role = ATTACKS[name], database(name)
    if attack.shows:
        assert attack.shows.format(role=role) in storm.against_superuser[name]
    else:
        assert role in storm.became_superuser["superuser"], storm.against_superuser[name]
    for phase in PHASES:
        assert role not in storm.became_superuser[phase], phase
        assert [line for line in storm.ran[phase] if role in line] == [], phase


@pytest.mark.parametrize("name", REFUSED)
def test_postgresql_refuses_the_owner_of_a_database_what_kogge_relies_on(storm: Storm, name: str) -> None:
    said = storm.refused[name]
    assert "permission denied" in said or "must be" in said, said


def test_every_database_is_read_whole_but_those_that_hold_too_much(storm: Storm) -> None:
    for phase in ("check", "check behind the fence"):
        unknown = {seen.where.partition("database ")[2]: seen for seen in storm.judgements[phase].unknown}
        unread = {name: seen for name, seen in unknown.items() if name}
        assert set(unread) == {database("flood")}
        assert "more than 200 rights on columns" in unread[database("flood")].reason
        assert unread[database("flood")].tenant == "x-flood"
        assert storm.seconds[phase] < CHECK_SECONDS


def test_of_a_setting_as_long_as_a_book_the_beginning_is_shown(storm: Storm) -> None:
    shown = [str(f.found) for f in storm.judgements["check"].findings if f.path == "/settings/search_path"]
    assert [text for text in shown if len(text) > 1000] == []
    assert [len(text) > 900 for text in shown].count(True) == 1


def test_the_fence_stands_around_every_hostile_database(storm: Storm) -> None:
    behind = storm.judgements["check behind the fence"]
    assert [str(f.where) for f in behind.findings if "/fence/" in f.path] == []


def test_the_owner_has_everything_back_and_our_role_is_a_member_of_nothing(storm: Storm) -> None:
    count = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname ~ '^kogge-'"
    assert storm.hosts.sql(count) == "0"
    asked = dict.fromkeys(("trigger", "names"), "SELECT lo_unlink(lo_create(0)); DROP TABLE public.cases CASCADE")
    assert as_tenant(storm.hosts, asked) == {"trigger": "1", "names": "1"}


def test_a_database_whose_catalog_is_locked_is_unknown_and_the_others_are_read(storm: Storm) -> None:
    """The queue behind a lock that everybody may take holds up whoever connects, before any timeout of a statement."""
    role = database("trigger")
    hold = "BEGIN; LOCK TABLE pg_catalog.pg_class IN ACCESS SHARE MODE; SELECT pg_sleep(45)"
    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(as_tenant, storm.hosts, {"trigger": hold})
        time.sleep(2)
        second = pool.submit(as_tenant, storm.hosts, {"trigger": "VACUUM FULL pg_catalog.pg_class"})
        time.sleep(2)
        seen = check_hosts(storm.hosts.estate, hosts=["db1"], programs=False)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'x-%'"
        storm.hosts.sql(ended)
        first.result()
        second.result()
    unread = {unknown.where: unknown for unknown in seen.unknown if "database" in unknown.where}
    assert unread[f"host db1 database {role}"].tenant == "x-trigger"
    assert set(unread) <= {f"host db1 database {database(name)}" for name in ("trigger", "flood")}
