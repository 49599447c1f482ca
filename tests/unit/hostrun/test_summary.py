"""From events to outcomes: missing ones mean failure, never clean."""

from __future__ import annotations

from kogge.hostrun.events import EventKind, HostEvent, parse_event
from kogge.hostrun.summary import HostRunSummary, Outcome, role_result


def event(kind: EventKind, host: str = "db1", **more: object) -> HostEvent:
    return HostEvent(kind, host, "baseline", "a task", **more)  # type: ignore[arg-type]


def test_a_role_that_changed_nothing_is_clean() -> None:
    assert role_result("db1", "baseline", [event(EventKind.OK)], ended=True).outcome is Outcome.CLEAN


def test_a_changed_task_is_told_with_what_it_changed() -> None:
    result = role_result("db1", "baseline", [event(EventKind.OK, changed=True, changes=("x: mode 0666",))], ended=True)
    assert (result.outcome, result.changes) == (Outcome.CHANGED, ("a task: x: mode 0666",))


def test_a_run_that_did_not_come_to_its_end_is_never_clean() -> None:
    assert role_result("db1", "baseline", [event(EventKind.OK)], ended=False).outcome is Outcome.FAILED
    assert role_result("db1", "baseline", [], ended=False).outcome is Outcome.NOT_RUN


def test_a_host_without_events_was_not_run() -> None:
    assert role_result("db2", "baseline", [event(EventKind.FAILED)], ended=True).outcome is Outcome.NOT_RUN


def test_an_unreachable_host_is_told_apart_from_a_failed_task() -> None:
    lost = role_result("db1", "baseline", [event(EventKind.UNREACHABLE, message="no route")], ended=True)
    failed = role_result("db1", "baseline", [event(EventKind.FAILED, message="no space")], ended=True)
    assert (lost.outcome, lost.message) == (Outcome.UNREACHABLE, "not reached by ssh: no route")
    assert (failed.outcome, failed.message) == (Outcome.FAILED, "a task: no space")


def test_a_summary_is_ok_only_when_every_role_came_to_its_end() -> None:
    good = role_result("db1", "baseline", [event(EventKind.OK)], ended=True)
    bad = role_result("db2", "baseline", [], ended=True)
    assert HostRunSummary((good,), check=False, seconds=1.0).ok
    assert not HostRunSummary((good, bad), check=False, seconds=1.0).ok
    assert not HostRunSummary((good,), check=False, seconds=1.0).changed


def test_a_line_of_the_callback_becomes_an_event() -> None:
    line = '{"event":"ok","host":"db1","role":"baseline","task":"t","changed":true,"changes":["a"],"path":"x.yml:3"}'
    assert parse_event(line) == HostEvent(
        EventKind.OK, "db1", "baseline", "t", changed=True, changes=("a",), path="x.yml:3"
    )
