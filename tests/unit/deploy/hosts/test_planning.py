"""Which roles of which hosts run: those whose last apply was made from something else; a host that might lose waits."""

from __future__ import annotations

import json

import pytest

from kogge.deploy.applied import host_record, write_record
from kogge.deploy.hosts.converge import apply_hosts, preview_hosts
from kogge.deploy.hosts.planning import plan_hosts
from kogge.deploy.hosts.recording import applied_roles, inputs
from kogge.deploy.outcome import HostOutcome, Result
from kogge.deploy.plan import HostPlan
from kogge.deploy.session import Session
from kogge.estate import Estate
from kogge.keyring import Keyring
from tests.support.estate_files import EstateFiles

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
HOSTS = ("db1", "edge1")


@pytest.fixture(autouse=True)
def machines(files: EstateFiles) -> None:
    """The files that say who may log in and which machines they are."""
    access = files.root / ".kogge/sandbox/hosts/ssh"
    access.mkdir(parents=True)
    for name in ("authorized_keys", "nightly_authorized_keys"):
        (access / name).write_text(f"{KEY}\n", encoding="utf-8")
    (access / "known_hosts").write_text("".join(f"{host},10.0.0.1 {KEY}\n" for host in HOSTS), encoding="utf-8")


def plans(estate: Estate, *, force: bool = False) -> dict[str, HostPlan]:
    session = Session(estate, Keyring(estate))
    return {plan.host: plan for plan in plan_hosts(session, HOSTS, force=force)}


def roles(plan: HostPlan) -> list[str]:
    return [document.role for document in plan.documents]


@pytest.fixture
def applied(files: EstateFiles) -> Estate:
    """An estate whose hosts were just applied."""
    estate = files.load()
    session = Session(estate, Keyring(estate))
    for host, plan in plans(estate, force=True).items():
        record = {document.role: inputs(session, document) for document in plan.documents}
        write_record(host_record(estate.root, host), record)
    return estate


def test_a_host_of_which_nothing_is_known_gets_all_its_roles(files: EstateFiles) -> None:
    found = plans(files.load())
    assert {host: (plan.result, roles(plan)) for host, plan in found.items()} == {
        "db1": (Result.UPDATED, ["baseline", "database"]),
        "edge1": (Result.UPDATED, ["baseline"]),
    }


def test_what_was_applied_is_skipped_and_force_runs_it(applied: Estate) -> None:
    assert {plan.result for plan in plans(applied).values()} == {Result.SKIPPED}
    assert roles(plans(applied, force=True)["db1"]) == ["baseline", "database"]


def test_a_change_runs_the_roles_it_concerns_and_no_other(applied: Estate, files: EstateFiles) -> None:
    with files.edit("platform.yaml") as platform:
        platform["plans"]["s"]["database"]["connections"] = 19
    found = plans(files.load())
    assert roles(found["db1"]) == ["database"]
    assert found["edge1"].result is Result.SKIPPED


def test_a_machine_that_was_installed_anew_gets_everything(applied: Estate, files: EstateFiles) -> None:
    known = files.root / ".kogge/sandbox/hosts/ssh/known_hosts"
    known.write_text(known.read_text(encoding="utf-8").replace(f"edge1,10.0.0.1 {KEY}", f"edge1 {KEY}B"))
    found = plans(applied)
    assert (found["db1"].result, roles(found["edge1"])) == (Result.SKIPPED, ["baseline"])
    assert applied_roles(applied, "edge1") == {}


def test_a_host_waits_for_a_tenant_it_serves_whose_file_has_an_error(applied: Estate, files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["size"] = "xxl"
    found = plans(files.load())
    assert found["db1"].result is Result.FAILED
    assert found["db1"].message == "not changed: it serves moelln, whose file has an error"
    assert found["db1"].documents == ()


def test_what_an_earlier_version_recorded_makes_the_roles_run_and_says_whom_the_host_serves(
    applied: Estate, files: EstateFiles
) -> None:
    roles_before = {
        "baseline": {"digest": "d", "owners": []},
        "database": {"digest": "d", "owners": ["rostock"]},
    }
    record = {"machine": f"db1,10.0.0.1 {KEY}", "roles": roles_before}
    host_record(applied.root, "db1").write_text(json.dumps(record), encoding="utf-8")
    assert roles(plans(applied)["db1"]) == ["baseline", "database"]
    assert applied_roles(applied, "db1")["database"].owners == ("rostock",)
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["size"] = "xxl"
    assert plans(files.load())["db1"].result is Result.UPDATED


def test_hosts_that_cannot_be_planned_fail_with_the_reason(files: EstateFiles) -> None:
    (files.root / ".kogge/sandbox/hosts/ssh/authorized_keys").unlink()
    found = plans(files.load())
    assert {plan.result for plan in found.values()} == {Result.FAILED}
    assert all("no authorized keys there" in plan.message for plan in found.values())


def test_where_nothing_is_planned_no_ansible_runs(applied: Estate) -> None:
    session = Session(applied, Keyring(applied))
    planned = plan_hosts(session, HOSTS, force=False)
    events: list[object] = []
    assert preview_hosts(session, planned, events.append) == planned
    assert apply_hosts(session, planned, events.append) == tuple(HostOutcome(host, Result.SKIPPED) for host in HOSTS)
    assert events == []
