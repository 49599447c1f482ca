"""The shipped alarms ring when they should, on metrics as the check writes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kogge.findings import FindingClass, Severity
from kogge.report.prometheus import as_metrics
from tests.support.checkout import CHECKOUT
from tests.support.promql import evaluate, samples
from tests.support.reports import NOW, UNREADABLE, finding, report

RULES = CHECKOUT / "contrib" / "prometheus" / "kogge-nightly.rules.yaml"
HOUR = 3600


def rules() -> dict[str, dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def ringing(metrics: str, hours_later: float = 1) -> dict[str, set[str]]:
    """Return the alarms that ring, each with the partners it names."""
    known, now = samples(metrics), NOW.timestamp() + hours_later * HOUR
    found = {name: evaluate(rule["expr"], known, now) for name, rule in rules().items()}
    return {name: {dict(key).get("tenant", "") for key in vector} for name, vector in found.items() if vector}


def test_after_a_clean_check_nothing_rings() -> None:
    assert ringing(as_metrics(report(()))) == {}


@pytest.mark.parametrize(("hours", "rings"), [(1, False), (25.9, False), (26.1, True), (24 * 30, True)])
def test_the_dead_mans_switch_rings_when_no_report_came(hours: float, rings: bool) -> None:
    assert ("KoggeNightlyMissing" in ringing(as_metrics(report(())), hours)) is rings


def test_the_dead_mans_switch_rings_when_there_never_was_a_report() -> None:
    assert set(ringing("")) == {"KoggeNightlyMissing"}


def test_a_critical_finding_rings_for_its_partner_and_a_milder_one_warns() -> None:
    assert ringing(as_metrics(report())) == {
        "KoggeNightlyCritical": {"moelln"},
        "KoggeNightlyDrift": {"luebeck"},
        "KoggeNightlyPending": {"platform"},
    }


def test_a_change_that_waits_to_be_applied_does_not_ring_as_drift_and_warns_after_a_day() -> None:
    waiting = finding(FindingClass.PENDING, Severity.CRITICAL)
    assert set(ringing(as_metrics(report((waiting,))))) == {"KoggeNightlyPending"}
    assert rules()["KoggeNightlyPending"]["for"] == "36h"


def test_what_could_not_be_read_warns() -> None:
    assert set(ringing(as_metrics(report((), UNREADABLE)))) == {"KoggeNightlyIncomplete"}


def test_every_alarm_has_a_severity_and_a_summary() -> None:
    assert all(rule["labels"]["severity"] and rule["annotations"]["summary"] for rule in rules().values())
