"""The last words of a run: what many have in common is said once, and nothing is left out."""

from __future__ import annotations

import json

import pytest

from kogge.deploy.options import UpOptions
from kogge.deploy.outcome import FleetOutcome, HostOutcome, ResourceChange, Result, StackOutcome
from kogge.deploy.plan import FleetPlan, HostPlan, StackPlan
from kogge.report.fleet import print_outcome, print_plan, to_json


def test_hosts_that_failed_for_one_reason_are_named_together(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = (
        HostOutcome("db1", Result.FAILED, message="cannot be reached", hint="start them"),
        HostOutcome("db2", Result.FAILED, message="cannot be reached", hint="start them"),
        HostOutcome("edge1", Result.FAILED, message="no room", hint=""),
    )
    print_outcome(FleetOutcome((StackOutcome("moelln", Result.SKIPPED, 0.0),), 1.0, hosts))
    said = capsys.readouterr().out
    assert "\nhost db1, host db2 failed:\n  cannot be reached\n  next: start them\n" in said
    assert "\nhost edge1 failed:\n  no room\n" in said
    assert said.endswith("3 hosts, 1 stack in 1.0 s: 1 skipped, 3 failed\n")


PLAN = FleetPlan(
    UpOptions(names=("moelln",)),
    (
        StackPlan("platform", "first", Result.SKIPPED),
        StackPlan(
            "moelln",
            "named",
            Result.UPDATED,
            counts={"update": 1},
            changes=(ResourceChange("update", "Service a/b", ("spec.ports",)),),
            seconds=1.0,
        ),
    ),
    (HostPlan("db1", Result.UPDATED, changes=("database: Serve the databases: limit",), seconds=2.0),),
    3.0,
)


def test_a_plan_says_what_would_change_and_that_nothing_has(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(PLAN)
    assert capsys.readouterr().out == (
        "host db1                 database: Serve the databases: limit\n"
        "moelln                   update   Service a/b  (spec.ports)\n"
        "1 host, 2 stacks in 3.0 s: 2 would be updated, 1 skipped\n"
    )


def test_a_plan_and_what_became_of_it_have_one_form_in_json() -> None:
    outcome = FleetOutcome(
        (
            StackOutcome("platform", Result.SKIPPED, 0.0),
            StackOutcome("moelln", Result.UPDATED, 1.0, PLAN.stacks[1].counts, PLAN.stacks[1].changes),
        ),
        3.0,
        (HostOutcome("db1", Result.UPDATED, 2.0, PLAN.hosts[0].changes),),
    )
    assert json.loads(to_json(PLAN)) == json.loads(to_json(outcome))
