"""A tenant that leaves reads and cannot write; one that is closed keeps every byte until a person removes it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from kogge.derived import Derived, Purpose
from kogge.estate.models.tenant import Stage
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

MOELLN = "moelln--terminvergabe"
LIFTED = "sslmode=require options=-cdefault_transaction_read_only=off"
"""How a client connects that does not want to be read-only."""
SCHEMA = """
DROP SCHEMA IF EXISTS "Amt" CASCADE; SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
DROP FUNCTION IF EXISTS record(); CREATE SCHEMA "Amt"; CREATE TABLE "Amt".cases (id serial PRIMARY KEY, what text);
INSERT INTO "Amt".cases (what) VALUES ('passport'); CREATE VIEW open AS TABLE "Amt".cases;
SELECT lo_from_bytea(4711, 'scan');
CREATE FUNCTION record() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS $$ INSERT INTO "Amt".cases (what) VALUES ('through a function') $$
"""


class Ask(Protocol):
    """Says what the tenant's own role gets for a statement, from a pod: the rows, or the server's complaint."""

    def __call__(self, statement: str, *, options: str = "") -> str: ...


@pytest.fixture(scope="module")
def ask(hosts: FleetUnderTest) -> Ask:
    password = hosts.keyring.derive(Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe"))

    def connect(statement: str, *, options: str = "") -> str:
        done = hosts.connect_from(hosts.pod, MOELLN, MOELLN, password, options=options, sql=statement)
        return done.stdout.strip() + done.stderr.strip()

    return connect


def test_a_closed_tenant_loses_its_way_in_and_not_one_row(hosts: FleetUnderTest, ask: Ask) -> None:
    assert "ERROR" not in ask("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS id")
    closed = hosts.at_stage("moelln", Stage.CLOSED)
    try:
        done = closed.converge(hosts=["db1"])
        assert done.ok, [result.message for result in done.results]
        assert "no pg_hba.conf entry" in ask("TABLE kept")
        assert hosts.sql("TABLE kept", MOELLN) == "7"
        found = {(item, kind) for (_, item, _), kind in closed.seen("db1").items()}
        assert {(f"database {MOELLN}", "foreign"), (f"role {MOELLN}", "foreign")} <= found
    finally:
        back = hosts.converge(hosts=["db1"])
    assert back.ok, [result.message for result in back.results]
    assert ask("TABLE kept") == "7"
    ask("DROP TABLE kept")
    assert hosts.seen("db1") == {}


@pytest.fixture(scope="module")
def last_words() -> list[str]:
    """What the server says to a session of the tenant that was open when the fence was put up."""
    return []


@pytest.fixture(scope="module")
def leaving(hosts: FleetUnderTest, ask: Ask, last_words: list[str]) -> Iterator[FleetUnderTest]:
    assert "ERROR" not in ask(SCHEMA)
    left = hosts.at_stage("moelln", Stage.LEAVING)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Each within the statement timeout of the plan; on a busy machine a run takes minutes.
        session = pool.submit(ask, "; ".join(["SELECT pg_sleep(50)"] * 6))
        done = left.converge(hosts=["db1"])
        last_words.append(session.result())
    assert done.ok, [result.message for result in done.results]
    yield left
    back = hosts.converge(hosts=["db1"])
    assert back.ok, [result.message for result in back.results]
    removed = ask(
        'DROP FUNCTION record(); DROP SCHEMA "Amt" CASCADE; SELECT lo_unlink(oid) FROM pg_largeobject_metadata'
    )
    assert "ERROR" not in removed
    assert hosts.drift(hosts=["db1"]).findings == ()


def test_a_leaving_tenant_reads_all_it_has(leaving: FleetUnderTest, ask: Ask) -> None:
    assert ask('TABLE "Amt".cases') == "1|passport"
    assert ask("TABLE open") == "1|passport"
    assert ask("SELECT encode(lo_get(4711), 'escape')") == "scan"


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO "Amt".cases (what) VALUES ('x')""",
        """UPDATE "Amt".cases SET what = 'x'""",
        'DELETE FROM "Amt".cases',
        'TRUNCATE "Amt".cases',
        'DROP TABLE "Amt".cases CASCADE',
        'DROP SCHEMA "Amt" CASCADE',
        "CREATE TABLE more ()",
        "CREATE TEMPORARY TABLE more ()",
        "CREATE SCHEMA more",
        "CREATE EXTENSION hstore",
        """SELECT nextval('"Amt".cases_id_seq')""",
        "SELECT lo_create(0)",
        "SELECT lo_put(4711, 0, 'x')",
        "SELECT lo_unlink(4711)",
        f'SET ROLE "_{MOELLN}"',
        f'GRANT "_{MOELLN}" TO "{MOELLN}"',
        """GRANT INSERT ON "Amt".cases TO PUBLIC""",
        f'ALTER DATABASE "{MOELLN}" SET default_transaction_read_only = off',
    ],
)
def test_a_leaving_tenant_cannot_write_and_sets_nothing_off(leaving: FleetUnderTest, ask: Ask, statement: str) -> None:
    assert "ERROR" in ask(statement)
    refused = ask(statement, options=LIFTED)
    assert any(word in refused for word in ("permission denied", "must", "no privileges were granted")), refused
    assert ask('TABLE "Amt".cases') == "1|passport"


def test_a_session_from_before_the_fence_is_ended(leaving: FleetUnderTest, last_words: list[str]) -> None:
    assert "terminating connection due to administrator command" in last_words[0]


def test_a_client_sees_why_it_cannot_write(leaving: FleetUnderTest, ask: Ask) -> None:
    assert "cannot execute INSERT in a read-only transaction" in ask("""INSERT INTO "Amt".cases (what) VALUES ('x')""")


def test_a_fence_that_was_put_up_is_no_drift_and_no_second_change(leaving: FleetUnderTest) -> None:
    seen = leaving.drift(hosts=["db1"])
    assert (seen.findings, seen.unknown) == ((), ())
    again = leaving.converge(hosts=["db1"])
    assert (again.ok, again.changed) == (True, False)


HOLES = {
    f'ALTER ROLE "_{MOELLN}" LOGIN': (f"role _{MOELLN}", "/login"),
    f"ALTER ROLE \"_{MOELLN}\" PASSWORD 'x'": (f"role _{MOELLN}", "/secret"),
    f'GRANT "_{MOELLN}" TO "{MOELLN}"': (f"role {MOELLN}", f"/member_of/_{MOELLN}"),
    f'ALTER DATABASE "{MOELLN}" OWNER TO "{MOELLN}"': (f"database {MOELLN}", "/owner"),
    f'GRANT INSERT ON open TO "{MOELLN}"': (f"database {MOELLN}", "/fence/TABLE/public.open"),
    f'REVOKE USAGE ON SCHEMA "Amt" FROM "{MOELLN}"': (f"database {MOELLN}", '/fence/SCHEMA/"Amt"'),
    f'ALTER TABLE "Amt".cases OWNER TO "{MOELLN}"': (f"database {MOELLN}", "/fence/OWNED/2"),
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC": (f"database {MOELLN}", "/fence/FUNCTION/lo_create(oid)"),
    f'ALTER ROLE "{MOELLN}" IN DATABASE "{MOELLN}" RESET default_transaction_read_only': (
        f"role {MOELLN}",
        "/settings/default_transaction_read_only",
    ),
}
"""What opens the fence, and where that is found."""


def test_a_hole_in_the_fence_is_a_finding_and_the_next_run_closes_it(leaving: FleetUnderTest, ask: Ask) -> None:
    for change in HOLES:
        leaving.sql(change, MOELLN)
    found = {(item, path) for _, item, path in leaving.seen("db1")}
    assert [hole for hole in HOLES.values() if hole not in found] == []
    mended = leaving.converge(hosts=["db1"])
    assert mended.ok, [result.message for result in mended.results]
    assert leaving.seen("db1") == {}
    assert ask('TABLE "Amt".cases') == "1|passport"


def test_a_function_of_the_owner_still_writes_for_a_client_that_sets_read_only_off(
    leaving: FleetUnderTest, ask: Ask
) -> None:
    """The limit of the fence that decision 0035 states."""
    assert "read-only transaction" in ask("SELECT record()")
    assert "ERROR" not in ask("SELECT record()", options=LIFTED)
    leaving.sql("""DELETE FROM "Amt".cases WHERE what <> 'passport'""", MOELLN)
