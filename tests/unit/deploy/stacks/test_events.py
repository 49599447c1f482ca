"""What the engine says while it runs becomes counts, changes and errors; what changes nothing is left out."""

from __future__ import annotations

from typing import Any

from pulumi.automation import EngineEvent

from kogge.deploy.outcome import FleetOutcome, HostOutcome, ResourceChange, Result, StackOutcome
from kogge.deploy.stacks.events import Events, describe
from kogge.errors import ExitCode

URN = "urn:pulumi:moelln::kogge::kogge:index:Space$kubernetes:networking.k8s.io/v1:NetworkPolicy::a--b/default-deny"


def event(**body: Any) -> EngineEvent:
    """Return one event as the CLI writes it into its event log."""
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, **body})


def step(operation: str, **metadata: Any) -> EngineEvent:
    found = {"op": operation, "urn": URN, "type": "t", "old": None, "new": None, "provider": "", **metadata}
    return event(resourcePreEvent={"metadata": found})


def test_a_urn_is_shown_as_kind_and_name() -> None:
    assert describe(URN) == "NetworkPolicy a--b/default-deny"


def test_a_step_is_told_and_kept_with_the_paths_that_differ() -> None:
    said: list[str] = []
    events = Events(said.append)
    events(
        step(
            "update",
            detailedDiff={
                "spec.b": {"diffKind": "update", "inputDiff": True},
                "spec.a": {"diffKind": "add", "inputDiff": True},
            },
        )
    )
    events(step("create"))
    assert said == ["update NetworkPolicy a--b/default-deny", "create NetworkPolicy a--b/default-deny"]
    assert events.changes == [
        ResourceChange("update", "NetworkPolicy a--b/default-deny", ("spec.a", "spec.b")),
        ResourceChange("create", "NetworkPolicy a--b/default-deny", ()),
    ]


def test_what_stays_the_same_is_no_change() -> None:
    said: list[str] = []
    events = Events(said.append)
    for operation in ("same", "read", "refresh"):
        events(step(operation))
    assert (said, events.changes) == ([], [])


def test_the_summary_counts_what_was_touched() -> None:
    events = Events(lambda _: None)
    summary = {
        "maybeCorrupt": False,
        "durationSeconds": 1,
        "resourceChanges": {"same": 3, "create": 2, "delete": 1},
        "policyPacks": {},
    }
    events(event(summaryEvent=summary))
    assert dict(events.counts) == {"create": 2, "delete": 1}


def test_errors_are_kept_with_their_object_and_warnings_are_not() -> None:
    events = Events(lambda _: None)
    for severity, text, urn in (
        ("error", "refused\n", URN),
        ("error", "without an object", None),
        ("error", "update failed", URN),
        ("warning", "mind this", URN),
    ):
        body = {"message": text, "color": "never", "severity": severity, **({"urn": urn} if urn else {})}
        events(event(diagnosticEvent=body))
    assert events.errors == ["NetworkPolicy a--b/default-deny: refused", "without an object"]


def test_a_run_failed_if_a_stack_or_a_host_did() -> None:
    fine, failed = StackOutcome("a", Result.CREATED, 1.0), StackOutcome("b", Result.FAILED, 1.0)
    assert FleetOutcome((fine,), 1.0).exit_code is ExitCode.CLEAN
    assert FleetOutcome((fine, failed), 1.0).exit_code is ExitCode.FAILED
    assert FleetOutcome((fine,), 1.0, (HostOutcome("db1", Result.FAILED),)).exit_code is ExitCode.FAILED
    assert FleetOutcome((fine,), 1.0, (HostOutcome("db1", Result.SKIPPED),)).exit_code is ExitCode.CLEAN


def test_an_outcome_counts_what_it_touched() -> None:
    assert StackOutcome("a", Result.UPDATED, 1.0, counts={"create": 2, "delete": 1}).changed == 3
