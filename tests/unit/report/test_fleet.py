"""The last words of a run: what many have in common is said once, and nothing is left out."""

from __future__ import annotations

import pytest

from kogge.deploy.outcome import FleetOutcome, HostOutcome, Result, StackOutcome
from kogge.report.fleet import print_summary


def test_hosts_that_failed_for_one_reason_are_named_together(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = (
        HostOutcome("db1", Result.FAILED, message="cannot be reached", hint="start them"),
        HostOutcome("db2", Result.FAILED, message="cannot be reached", hint="start them"),
        HostOutcome("edge1", Result.FAILED, message="no room", hint=""),
    )
    print_summary(FleetOutcome((StackOutcome("moelln", Result.SKIPPED, 0.0),), 1.0, hosts), apply=True)
    said = capsys.readouterr().out
    assert "\nhost db1, host db2 failed:\n  cannot be reached\n  next: start them\n" in said
    assert "\nhost edge1 failed:\n  no room\n" in said
    assert said.endswith("3 hosts, 1 stack in 1.0 s: 1 skipped, 3 failed\n")
