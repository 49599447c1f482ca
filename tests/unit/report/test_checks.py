"""A check that breaks costs nobody the report, and what it did not see is unknown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kogge.cli import nightly_checks
from kogge.cli.nightly_checks import Check, run_checks
from kogge.drift.scene import Judgement
from kogge.errors import KoggeError
from kogge.estate import require_estate
from kogge.estate.estate import Estate
from tests.unit.report.reports import FINDINGS

ESTATE = require_estate(Path(__file__).parents[3], as_of=date(2026, 11, 24))


def _finds(_: Estate) -> Judgement:
    return Judgement(FINDINGS[:1])


def _refuses(_: Estate) -> Judgement:
    raise KoggeError("the hosts' key cannot be read", hint="restore it")


def _breaks(_: Estate) -> Judgement:
    raise ZeroDivisionError("of a value that nobody should see")


def test_a_check_that_breaks_or_refuses_is_unknown_and_the_others_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOGGE_DEBUG", raising=False)
    checks = (Check("broken", _breaks), Check("hosts", _refuses), Check("clusters", _finds))
    monkeypatch.setattr(nightly_checks, "CHECKS", checks)
    judgement = run_checks(ESTATE)
    assert judgement.findings == FINDINGS[:1]
    reasons = {unknown.scope: unknown.reason for unknown in judgement.unknown}
    assert reasons["hosts"] == "the hosts' key cannot be read"
    assert "ZeroDivisionError" in reasons["broken"]
    assert "nobody should see" not in reasons["broken"]
