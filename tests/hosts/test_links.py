"""What an account of the host puts in root's way: links where root writes lead nowhere, and are named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kogge.hostrun import Outcome
from tests.support.applied_documents import apply, document
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

CLUSTER = "/etc/postgresql/15/main"
AS_POSTGRES = "runuser -u postgres -- sh -ec"
SHADOW = "stat -c '%a %U %G %Y' /etc/shadow; sha256sum /etc/shadow"


@pytest.fixture
def database_host(hosts: FleetUnderTest) -> Iterator[FleetUnderTest]:
    """db1, whose shadow file a test must leave alone; afterwards the role makes it right again."""
    before = hosts.sh("db1", SHADOW).stdout
    listed = hosts.sh("db1", "ls -A /etc").stdout
    yield hosts
    assert hosts.sh("db1", SHADOW).stdout == before
    assert hosts.sh("db1", "ls -A /etc").stdout == listed
    assert apply(hosts, document(hosts, "db1", "database")).ok


def test_a_directory_of_postgresql_that_leads_elsewhere_is_refused(database_host: FleetUnderTest) -> None:
    parent = CLUSTER.rpartition("/")[0]
    database_host.sh("db1", f"{AS_POSTGRES} 'cd {parent}; mv main aside; ln -s /etc main'")
    try:
        result = apply(database_host, document(database_host, "db1", "database")).results[0]
    finally:
        database_host.sh("db1", f"{AS_POSTGRES} 'cd {parent}; rm main; mv aside main'")
    assert result.outcome is Outcome.FAILED
    assert f"{CLUSTER} is a link to /etc and no directory" in result.message


@pytest.mark.parametrize("name", ["pg_hba.conf", "kogge.key"])
def test_a_planted_name_of_a_run_is_not_written_through(database_host: FleetUnderTest, name: str) -> None:
    database_host.sh("db1", f"{AS_POSTGRES} 'cd {CLUSTER}; ln -s /etc/shadow .kogge-{name}; echo \"# mine\" > {name}'")
    assert apply(database_host, document(database_host, "db1", "database")).ok
    found = database_host.sh("db1", f"stat -c '%F %U' {CLUSTER}/{name}; ls -A {CLUSTER}").stdout
    assert found.startswith("regular file postgres")
    assert ".kogge-" not in found


def test_a_key_that_became_a_link_is_refused_and_what_it_leads_to_keeps_its_owner(
    database_host: FleetUnderTest,
) -> None:
    database_host.sh("db1", f"{AS_POSTGRES} 'cd {CLUSTER}; mv kogge.key aside; ln -s /etc/shadow kogge.key'")
    try:
        result = apply(database_host, document(database_host, "db1", "database")).results[0]
    finally:
        database_host.sh("db1", f"{AS_POSTGRES} 'cd {CLUSTER}; mv -T aside kogge.key'")
    assert result.outcome is Outcome.FAILED
    assert f"{CLUSTER}/kogge.key is a link to /etc/shadow" in result.message


def test_a_pipe_in_the_place_of_a_file_keeps_no_run_waiting(database_host: FleetUnderTest) -> None:
    database_host.sh("db1", f"{AS_POSTGRES} 'cd {CLUSTER}; rm pg_ident.conf; mkfifo pg_ident.conf'")
    assert apply(database_host, document(database_host, "db1", "database")).ok
    assert database_host.sh("db1", f"stat -c %F {CLUSTER}/pg_ident.conf").stdout.strip() == "regular file"
