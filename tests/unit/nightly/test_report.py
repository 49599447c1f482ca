"""The one word of a report, and the exit code that says the same."""

from __future__ import annotations

import pytest

from kogge.errors import ExitCode
from kogge.nightly.report import Report, Status
from tests.support.reports import FINDINGS, UNREADABLE, report


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (report(()), Status.CLEAN, ExitCode.CLEAN),
        (report(), Status.DRIFT, ExitCode.DRIFT),
        (report((), UNREADABLE), Status.INCOMPLETE, ExitCode.INCOMPLETE),
        (report(FINDINGS, UNREADABLE), Status.DRIFT, ExitCode.DRIFT),
    ],
)
def test_status_and_exit_code_follow_from_what_was_found(given: Report, status: Status, code: ExitCode) -> None:
    assert (given.status, given.exit_code) == (status, code)
