"""A database that outgrows its plan is reported, and its tenant goes on writing; its sorts end where the plan ends."""

from __future__ import annotations

import pytest

from kogge.derived import Derived, Purpose
from kogge.findings import HostRef
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

MOELLN = "moelln--terminvergabe"
MEBIBYTE = 2**20


def ask(hosts: FleetUnderTest, statement: str) -> str:
    password = hosts.keyring.derive(Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe"))
    done = hosts.connect_from(hosts.pod, MOELLN, MOELLN, password, sql=statement)
    return done.stdout.strip() + done.stderr.strip()


def test_a_database_beyond_its_plan_is_found_with_its_tenant_and_its_exact_size(hosts: FleetUnderTest) -> None:
    small = hosts.with_database_size("20Mi")
    done = small.converge(hosts=["db1"])
    assert done.ok, [result.message for result in done.results]
    assert small.drift(hosts=["db1"]).findings == ()
    try:
        assert "ERROR" not in ask(small, "DROP TABLE IF EXISTS scans; CREATE TABLE scans (page text)")
        # 1,920 bytes a row: some 40 MB.
        fill = "INSERT INTO scans SELECT repeat(md5(n::text), 60) FROM generate_series(1, 20000) n"
        assert "ERROR" not in ask(small, fill)
        (found,) = small.drift(hosts=["db1"]).findings
        assert (found.tenant, str(found.severity), found.path) == ("moelln", "high", "/size")
        assert found.where == HostRef("db1", "database", f"database {MOELLN}")
        assert isinstance(found.expected, dict)
        assert isinstance(found.found, dict)
        assert found.expected["bytes"] == 20 * MEBIBYTE
        assert found.found["bytes"] == int(hosts.sql(f"SELECT pg_database_size('{MOELLN}')"))
        assert "ERROR" not in ask(small, "INSERT INTO scans VALUES ('one more')")
        alone = "SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB'; SELECT page FROM scans ORDER BY page"
        assert "temporary file size exceeds temp_file_limit (20480kB)" in ask(small, alone)
        assert "permission denied" in ask(small, "SET temp_file_limit = -1")
    finally:
        ask(small, "DROP TABLE scans")
        back = hosts.converge(hosts=["db1"])
    assert back.ok, [result.message for result in back.results]
    assert hosts.seen("db1") == {}
