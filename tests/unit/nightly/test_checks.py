"""A check that breaks costs nobody the report, and what it did not see is unknown."""

from __future__ import annotations

import pytest

from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.findings import Judgement
from kogge.nightly.checks import NightlyCheck, run_checks
from tests.support.reports import FINDINGS
from tests.support.seed_estate import seed_estate


def _finds(_: Estate) -> Judgement:
    return Judgement(FINDINGS[:1])


def _refuses(_: Estate) -> Judgement:
    raise KoggeError("the hosts' key cannot be read", hint="restore it")


def _breaks(_: Estate) -> Judgement:
    raise ZeroDivisionError("of a value that nobody should see")


def test_a_check_that_breaks_or_refuses_is_unknown_and_the_others_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOGGE_DEBUG", raising=False)
    checks = (NightlyCheck("broken", _breaks), NightlyCheck("hosts", _refuses), NightlyCheck("clusters", _finds))
    judgement = run_checks(seed_estate(), checks)
    assert judgement.findings == FINDINGS[:1]
    reasons = {unknown.where: unknown.reason for unknown in judgement.unknown}
    assert reasons["hosts"] == "the hosts' key cannot be read"
    assert "ZeroDivisionError" in reasons["broken"]
    assert "nobody should see" not in reasons["broken"]
