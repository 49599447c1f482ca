"""A plan is a value: what runs and why. Making it writes nothing, and the same files lead to the same plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from kogge.deploy.applied import stack_record, write_record
from kogge.deploy.fleet import apply_fleet, plan_fleet
from kogge.deploy.options import UpOptions
from kogge.deploy.outcome import HostOutcome, Result, StackOutcome
from kogge.deploy.plan import FleetPlan, HostPlan, StackPlan
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.environment import backend_url
from kogge.errors import ExitCode
from kogge.estate import Estate
from kogge.keyring import Keyring
from tests.support.estate_files import EstateFiles
from tests.support.uid_server import UID, UidServer, estate_at, uid_server

MOELLN = UpOptions(names=("moelln",), hosts=False)


class Told:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def selected(self, stacks: Mapping[str, str]) -> None:
        self.lines.append(f"selected {', '.join(stacks)}")

    def started(self, stack: str) -> None:
        self.lines.append(f"started {stack}")

    def step(self, stack: str, text: str) -> None:
        self.lines.append(f"{stack}: {text}")

    def finished(self, one: StackPlan | StackOutcome | HostPlan | HostOutcome) -> None:
        name = one.host if isinstance(one, HostPlan | HostOutcome) else one.stack
        self.lines.append(f"finished {name}: {one.result}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UidServer]:
    with uid_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def plan(estate: Estate, options: UpOptions = MOELLN) -> FleetPlan:
    return plan_fleet(Session(estate, Keyring(estate)), options, Told())


def results(planned: FleetPlan) -> dict[str, Result]:
    return {stack.stack: stack.result for stack in planned.stacks}


def applied(estate: Estate) -> None:
    """Leave behind what an apply of the stacks platform and moelln leaves: a state, and the record of what made it."""
    directory = estate.path(backend_url(estate).removeprefix("file://")) / ".pulumi/stacks/kogge"
    directory.mkdir(parents=True, exist_ok=True)
    for stack in ("platform", "moelln"):
        (directory / f"{stack}.json").write_text(json.dumps({"checkpoint": {"latest": {"resources": []}}}))
    for stack in plan(estate, replace(MOELLN, force=True)).stacks:
        state = Backend(estate).read(stack.stack)
        assert stack.desired is not None
        assert state is not None
        record = replace(stack.desired.inputs, state=state.digest)
        write_record(stack_record(estate.root, stack.stack), {stack.stack: record})


@pytest.fixture
def estate(files: EstateFiles, server: UidServer) -> Estate:
    """The base estate on a cluster that answers."""
    return estate_at(files, server.kubeconfigs, {"kube_system_uid": UID})


def test_stacks_that_do_not_exist_are_planned_with_what_they_should_be(estate: Estate) -> None:
    planned = plan(estate)
    assert results(planned) == {"platform": Result.CREATED, "moelln": Result.CREATED}
    assert [(stack.stack, stack.why) for stack in planned.stacks] == [("platform", "first"), ("moelln", "named")]
    moelln = planned.stacks[1].desired
    assert moelln is not None
    assert {item.space for item in moelln.items} == {"moelln--terminvergabe"}


def test_the_same_files_lead_to_the_same_plan_and_other_files_to_another(estate: Estate, files: EstateFiles) -> None:
    before = plan(estate)
    assert plan(estate) == before
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["network"]["external"][0]["port"] = 8443
    assert plan(files.load()) != before


def test_making_a_plan_writes_nothing(estate: Estate) -> None:
    def tree() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in estate.root.rglob("*") if path.is_file()}

    before = tree()
    plan(estate, UpOptions(everything=True, hosts=False))
    assert tree() == before


def test_what_was_applied_is_skipped_and_force_plans_it_again(estate: Estate) -> None:
    applied(estate)
    planned = plan(estate)
    assert results(planned) == {"platform": Result.SKIPPED, "moelln": Result.SKIPPED}
    assert [stack.desired for stack in planned.stacks] == [None, None]
    assert results(plan(estate, replace(MOELLN, force=True))) == {
        "platform": Result.UPDATED,
        "moelln": Result.UPDATED,
    }


def test_a_frozen_tenant_with_changes_is_held_until_the_freeze_is_broken(estate: Estate, files: EstateFiles) -> None:
    applied(estate)
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["freezes"] = [{"from": "2026-11-01", "until": "2026-11-30", "why": "council election"}]
    frozen = files.load()
    assert results(plan(frozen))["moelln"] is Result.SKIPPED
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["network"]["external"][0]["port"] = 8443
    frozen = files.load()
    held = plan(frozen).stacks[1]
    assert (held.result, held.desired) == (Result.HELD, None)
    assert held.message == "has changes, and its file freezes it until 2026-11-30: council election"
    assert results(plan(frozen, replace(MOELLN, break_freeze=True)))["moelln"] is Result.UPDATED


def test_a_wrong_file_fails_its_tenant_alone(estate: Estate, files: EstateFiles) -> None:
    with files.edit("tenants/rostock.yaml") as rostock:
        rostock["size"] = "xxl"
    planned = plan(files.load(), UpOptions(everything=True, hosts=False))
    assert {stack for stack, result in results(planned).items() if result is Result.FAILED} == {"rostock"}
    assert planned.exit_code is ExitCode.FAILED


def test_a_cluster_that_is_another_one_is_asked_once_and_fails_all(files: EstateFiles, server: UidServer) -> None:
    estate = estate_at(files, server.kubeconfigs, {"kube_system_uid": "99999999-9999-4999-8999-999999999999"})
    server.asked_by.clear()
    planned = plan(estate, UpOptions(everything=True, hosts=False))
    assert len(server.asked_by) == 1
    assert set(results(planned).values()) == {Result.FAILED}
    assert UID in planned.stacks[0].message
    assert {stack.message for stack in planned.stacks[1:]} == {"not tried: the platform stack failed"}


def test_a_plan_to_do_nothing_is_applied_without_pulumi(estate: Estate) -> None:
    applied(estate)
    session, told = Session(estate, Keyring(estate)), Told()
    outcome = apply_fleet(session, plan_fleet(session, MOELLN, told), told)
    assert [(stack.stack, stack.result) for stack in outcome.stacks] == [
        ("platform", Result.SKIPPED),
        ("moelln", Result.SKIPPED),
    ]
    assert told.lines == [
        "selected platform, moelln",
        "started platform",
        "finished platform: skipped",
        "started moelln",
        "finished moelln: skipped",
    ]


def test_a_plan_that_fails_is_applied_to_nothing(estate: Estate) -> None:
    failed = StackPlan("platform", "first", Result.UPDATED).failed("no cluster", "mend it")
    left = StackPlan("moelln", "named", Result.SKIPPED)
    session = Session(estate, Keyring(estate))
    outcome = apply_fleet(session, FleetPlan(MOELLN, (failed, left)), Told())
    assert [stack.message for stack in outcome.stacks] == ["no cluster", "not tried: the platform stack failed"]
    assert outcome.exit_code is ExitCode.FAILED


def test_in_an_interrupted_run_nothing_is_begun(estate: Estate) -> None:
    session = Session(estate, Keyring(estate))
    planned = plan_fleet(session, MOELLN, Told())
    session.interrupt()
    outcome = apply_fleet(session, planned, Told())
    assert outcome.stacks[0].message == "not begun: the run was interrupted"
    assert not session.keyring.has("platform")
