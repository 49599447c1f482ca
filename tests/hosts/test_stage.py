"""The hosts' part of a run: what is as it was applied is left out, role by role."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from kogge.deploy.hosts.converge import apply_hosts
from kogge.deploy.hosts.planning import plan_hosts
from kogge.deploy.outcome import HostOutcome, Result
from kogge.deploy.session import Session
from kogge.estate.estate import Estate
from kogge.hostrun import EventKind, HostEvent
from tests.support.fleet_under_test import HOSTS, FleetUnderTest

pytestmark = pytest.mark.hosts


class Stage:
    """Runs the stage and keeps which role ran on which host."""

    def __init__(self, hosts: FleetUnderTest) -> None:
        self.hosts = hosts
        self.ran: set[tuple[str, str]] = set()

    def apply(self, estate: Estate | None = None, *, force: bool = False) -> dict[str, HostOutcome]:
        self.ran = set()
        session = Session(estate or self.hosts.estate, self.hosts.keyring)
        plans = plan_hosts(session, HOSTS, force=force)
        return {outcome.host: outcome for outcome in apply_hosts(session, plans, self._note)}

    def _note(self, event: HostEvent) -> None:
        if event.kind is EventKind.OK and event.role:
            self.ran.add((event.host, event.role))


@pytest.fixture
def stage(hosts: FleetUnderTest) -> Iterator[Stage]:
    found = Stage(hosts)
    found.apply()
    yield found
    assert found.apply()["db1"].result is not Result.FAILED


def with_connections(estate: Estate, number: int) -> Estate:
    """Return the estate with another limit of connections in the plan of all its small tenants."""
    plan = estate.platform.plans["s"]
    plan = plan.model_copy(update={"database": plan.database.model_copy(update={"connections": number})})
    return dataclasses.replace(
        estate, platform=estate.platform.model_copy(update={"plans": {**estate.platform.plans, "s": plan}})
    )


def test_what_was_applied_is_skipped_and_force_runs_it(stage: Stage) -> None:
    assert {outcome.result for outcome in stage.apply().values()} == {Result.SKIPPED}
    assert stage.ran == set()
    forced = stage.apply(force=True)
    assert {outcome.result for outcome in forced.values()} == {Result.UNCHANGED}
    assert stage.ran == {("db1", "baseline"), ("db1", "database"), ("edge1", "baseline")}
    assert all(outcome.seconds > 0 for outcome in forced.values())


def test_a_change_runs_the_roles_it_concerns_and_no_other(stage: Stage) -> None:
    outcomes = stage.apply(with_connections(stage.hosts.estate, 19))
    assert {host: outcome.result for host, outcome in outcomes.items()} == {
        "db1": Result.UPDATED,
        "edge1": Result.SKIPPED,
    }
    assert stage.ran == {("db1", "database")}
    assert stage.hosts.sql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'moelln--terminvergabe'") == "19"


def test_a_role_that_failed_runs_again_and_those_before_it_do_not(stage: Stage) -> None:
    stage.hosts.sh("db1", "systemctl stop postgresql@15-main; chmod 0 /usr/lib/postgresql/15/bin/postgres")
    try:
        assert stage.apply(force=True)["db1"].result is Result.FAILED
    finally:
        stage.hosts.sh("db1", "chmod 0755 /usr/lib/postgresql/15/bin/postgres; systemctl start postgresql@15-main")
    assert ("db1", "baseline") in stage.ran
    assert stage.apply()["db1"].result is Result.UNCHANGED
    assert stage.ran == {("db1", "database")}


def test_a_machine_that_was_installed_anew_gets_everything_and_the_others_nothing(stage: Stage) -> None:
    record = stage.hosts.root / ".kogge/applied/hosts/edge1.json"
    record.write_text(record.read_text(encoding="utf-8").replace("ssh-ed25519 AAAA", "ssh-ed25519 BBBB"))
    assert stage.apply()["db1"].result is Result.SKIPPED
    assert stage.ran == {("edge1", "baseline")}
