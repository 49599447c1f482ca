"""The platform goes first, tenants beside each other, and a failure takes along what needs the thing that failed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

import pytest

from kogge.deploy.order import in_order
from kogge.deploy.outcome import Result, StackOutcome
from kogge.deploy.plan import StackPlan

PLANS = (
    StackPlan("moelln", "named", Result.UPDATED, database_host="db1"),
    StackPlan("platform", "first", Result.UPDATED),
    StackPlan("rostock", "named", Result.UPDATED, database_host="db2"),
    StackPlan("broken", "named", Result.UPDATED),
)


class Run:
    """Tries stacks, some of which fail, and keeps the order in which it did."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.tried: list[str] = []

    def one(self, plan: StackPlan) -> StackOutcome:
        self.tried.append(plan.stack)
        return StackOutcome(plan.stack, Result.FAILED if plan.stack in self.failing else Result.UPDATED, 0.0)

    def all(self, *, failed_hosts: Collection[str] = (), parallel: int = 2) -> Mapping[str, StackOutcome]:
        done = in_order(PLANS, self.one, StackPlan.outcome, failed_hosts=failed_hosts, parallel=parallel)
        assert [outcome.stack for outcome in done] == [plan.stack for plan in PLANS]
        return {outcome.stack: outcome for outcome in done}


def test_the_platform_is_done_before_any_tenant_begins() -> None:
    run = Run()
    run.all()
    assert run.tried[0] == "platform"
    assert sorted(run.tried[1:]) == ["broken", "moelln", "rostock"]


def test_a_failed_tenant_stops_no_other() -> None:
    found = Run("moelln").all(parallel=1)
    assert {stack: outcome.result for stack, outcome in found.items()} == {
        "platform": Result.UPDATED,
        "moelln": Result.FAILED,
        "rostock": Result.UPDATED,
        "broken": Result.UPDATED,
    }


def test_a_failed_platform_stops_every_tenant() -> None:
    run = Run("platform")
    found = run.all()
    assert run.tried == ["platform"]
    assert {found[tenant].message for tenant in ("moelln", "rostock", "broken")} == {
        "not tried: the platform stack failed"
    }


def test_a_failed_host_stops_the_tenants_whose_database_it_has() -> None:
    run = Run()
    found = run.all(failed_hosts={"db1"})
    assert "moelln" not in run.tried
    assert found["moelln"].result is Result.FAILED
    assert found["moelln"].message == "not tried: its database host db1 failed"
    assert found["rostock"].result is Result.UPDATED


def test_tenants_go_beside_each_other() -> None:
    together = threading.Barrier(3, timeout=10)

    def one(plan: StackPlan) -> StackOutcome:
        if plan.stack != "platform":
            together.wait()
        return plan.outcome()

    assert len(in_order(PLANS, one, StackPlan.outcome, failed_hosts=(), parallel=3)) == len(PLANS)


def test_a_fault_of_kogge_itself_is_not_swallowed() -> None:
    def one(plan: StackPlan) -> StackOutcome:
        raise ZeroDivisionError(plan.stack)

    with pytest.raises(ZeroDivisionError, match="moelln"):
        in_order(PLANS[:1], one, StackPlan.outcome, failed_hosts=(), parallel=2)
