"""A notification arrives, or somebody is told that it did not; its address is a secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kogge.estate.models.nightly import NotifyOn, Webhook
from kogge.nightly.report import Report
from kogge.report.notification import NotificationError, notification, send, tell
from tests.support.hook import Hook, hook
from tests.support.reports import FINDINGS, UNREADABLE, report


@pytest.fixture
def server() -> Iterator[Hook]:
    with hook() as listening:
        yield listening


def _address(tmp_path: Path, url: str) -> Path:
    path = tmp_path / "webhook"
    path.write_text(url + "\n")
    return path


def test_a_chat_server_gets_the_result_in_words_and_in_numbers(server: Hook, tmp_path: Path) -> None:
    body = notification(report(), Path("/srv/reports/report.html"))
    send(body, url_file=_address(tmp_path, f"http://127.0.0.1:{server.server_port}/token/200"), ca_file=None)
    (taken,) = server.taken
    assert taken["status"] == "drift"
    assert "5 differences" in str(taken["text"])
    assert "critical: moelln, changed NetworkPolicy moelln--terminvergabe/default-deny" in str(taken["text"])


def test_no_value_of_an_object_is_sent(server: Hook, tmp_path: Path) -> None:
    assert "matchLabels" not in str(notification(report(), None))
    assert "img" not in str(notification(report(FINDINGS[2:3]), None))


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_is_said_without_the_address(server: Hook, tmp_path: Path, status: int) -> None:
    address = _address(tmp_path, f"http://127.0.0.1:{server.server_port}/token/{status}")
    with pytest.raises(NotificationError) as refused:
        send({}, url_file=address, ca_file=None)
    assert "token" not in refused.value.message + str(refused.value.hint)


def test_nobody_listening_is_said_without_the_address(tmp_path: Path) -> None:
    with pytest.raises(NotificationError) as refused:
        send({}, url_file=_address(tmp_path, "http://127.0.0.1:9/token"), ca_file=None)
    assert "token" not in refused.value.message + str(refused.value.hint)


@pytest.mark.parametrize("url", ["http://chat.example/token", "ftp://chat.example/", "", "chat.example"])
def test_names_of_partners_are_not_sent_in_the_clear(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotificationError, match="not https"):
        send({}, url_file=_address(tmp_path, url), ca_file=None)


def test_a_missing_address_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(NotificationError, match="nothing-here"):
        send({}, url_file=tmp_path / "nothing-here", ca_file=None)


@pytest.mark.parametrize(
    ("when", "given", "arrives"),
    [
        (NotifyOn.FINDINGS, report(()), False),
        (NotifyOn.FINDINGS, report(), True),
        (NotifyOn.FINDINGS, report((), UNREADABLE), True),
        (NotifyOn.ALWAYS, report(()), True),
    ],
)
def test_who_wants_findings_alone_hears_nothing_of_a_clean_night(
    server: Hook, tmp_path: Path, when: NotifyOn, given: Report, arrives: bool
) -> None:
    _address(tmp_path, f"http://127.0.0.1:{server.server_port}/token/200")
    tell(given, Webhook(url_file="webhook", when=when), tmp_path, tmp_path / "report.html")
    assert bool(server.taken) is arrives


def test_nobody_is_told_where_no_address_is_given(tmp_path: Path) -> None:
    tell(report(), None, tmp_path, tmp_path / "report.html")
