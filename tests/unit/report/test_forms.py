"""JSON, Markdown, JUnit and metrics say the same, and nothing found in a cluster breaks them."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from kogge.errors import KoggeError
from kogge.estate.models.nightly import Nightly
from kogge.findings import FindingClass, HostRef, Unknown
from kogge.json_value import Json
from kogge.nightly.report import Report
from kogge.report.document import as_document
from kogge.report.files import keep_report, point_latest, write_report
from kogge.report.junit import as_junit
from kogge.report.markdown import as_markdown
from kogge.report.page import as_page
from kogge.report.prometheus import as_metrics
from kogge.report.terminal import print_report
from kogge.report.wording import headline, sentence
from tests.support.promql import samples
from tests.support.reports import FINDINGS, HOSTILE, NOW, UNREADABLE, finding, report


def test_the_json_has_the_documented_fields() -> None:
    document = json.loads(as_document(report(FINDINGS, UNREADABLE)))
    assert list(document) == [
        "version",
        "status",
        "commit",
        "checked_at",
        "counts",
        "findings",
        "unknown",
        "not_verifiable",
        "left_out",
    ]
    assert (document["version"], document["status"], document["checked_at"]) == (1, "drift", "2026-11-24T03:30:00Z")
    assert document["counts"]["findings"] == 5
    assert document["counts"]["critical"] == 2
    assert document["counts"]["unknown"] == 1
    assert document["unknown"] == [{"scope": "cluster hl1: Secret", "reason": UNREADABLE[0].reason}]
    keys = {"id", "class", "severity", "tenant", "path", "expected", "found", "actor", "first_seen", "cause"}
    assert {frozenset(found) for found in document["findings"]} == {
        frozenset(keys | {"object"}),
        frozenset(keys | {"host"}),
    }
    by_id = {found["id"]: found for found in document["findings"]}
    assert by_id[FINDINGS[0].id]["first_seen"] == "2026-11-24T03:30:00Z"
    assert by_id[FINDINGS[1].id]["first_seen"] is None


def test_a_finding_keeps_its_id_and_another_path_has_another() -> None:
    assert finding(found=1).id == finding(found=2).id
    assert finding(path="/a").id != finding(path="/b").id


def test_what_was_found_cannot_break_out_of_the_markdown_table() -> None:
    lines = as_markdown(report()).splitlines()
    rows = [line for line in lines if line.startswith("| ") and "---" not in line]
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)
    assert "<img" not in as_markdown(report()).replace("\\<img", "")


def test_junit_counts_one_failure_per_partner_and_one_error_per_unknown() -> None:
    suite = ET.fromstring(as_junit(report(FINDINGS, UNREADABLE))).find("testsuite")  # noqa: S314 (our own text)
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "3", "1")
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == {"moelln", "luebeck", "platform"}


def test_metrics_have_a_series_for_every_partner() -> None:
    known = {frozenset(key): value for key, value in samples(as_metrics(report())).items()}
    partners = {dict(key).get("tenant") for key in known if dict(key)["__name__"] == "kogge_nightly_findings"}
    assert partners == {"platform", "herzogtum-lauenburg", "luebeck", "moelln", "rostock"}
    assert sum(value for key, value in known.items() if dict(key)["__name__"] == "kogge_nightly_findings") == 4
    assert sum(value for key, value in known.items() if dict(key)["__name__"] == "kogge_nightly_pending") == 1


def test_the_page_escapes_what_was_found_and_loads_nothing() -> None:
    page = as_page(report())
    assert HOSTILE not in page
    assert "<img" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in html.unescape(page)


@pytest.mark.parametrize("given", [report(()), report(), report((), UNREADABLE), Report(None, NOW, report().judgement)])
def test_every_form_can_be_written_for_every_report(given: Report, tmp_path: Path) -> None:
    write_report(given, tmp_path / "one")
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"report.json", "report.md", "report.junit.xml", "report.prom", "report.html"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "one").iterdir())


def test_latest_points_to_the_last_report(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(report(()), tmp_path / name)
        assert point_latest(tmp_path / name).resolve() == (tmp_path / name).resolve()


def test_a_report_is_kept_under_its_time_and_its_metrics_where_the_platform_wants_them(tmp_path: Path) -> None:
    settings = Nightly(textfile="exporter/kogge.prom")
    page = keep_report(report(), settings, tmp_path, directory=None, began=NOW)
    assert page == tmp_path / ".kogge/reports/2026-11-24T033000Z/report.html"
    assert (tmp_path / ".kogge/reports/latest").resolve() == page.parent
    assert (tmp_path / "exporter/kogge.prom").read_text(encoding="utf-8") == as_metrics(report())
    elsewhere = keep_report(report(()), Nightly(), tmp_path, directory=tmp_path / "mine", began=NOW)
    assert elsewhere == tmp_path / "mine/report.html"
    assert (tmp_path / ".kogge/reports/latest").resolve() == page.parent


def test_a_place_that_cannot_be_written_is_said_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KoggeError, match="the report cannot be written") as refused:
        keep_report(report(), Nightly(), tmp_path, directory=tmp_path / "file" / "below", began=NOW)
    assert "--report-dir" in str(refused.value.hint)


def test_a_partner_is_called_clean_only_when_everything_of_it_was_read() -> None:
    assert ">clean</span>" in as_page(report(()))
    assert ">clean</span>" not in as_page(report((), UNREADABLE))
    blocked = report((), (Unknown("rostock", "", "its file has an error"),))
    assert as_page(blocked).count(">clean</span>") == 3
    assert ">no objects of its own</span>" in as_page(blocked)


def test_the_text_says_what_it_does_not_show() -> None:
    for text in (as_page(report(())), as_markdown(report(()))):
        assert "simulates its pods" in text
        assert "can list Secrets" in text
    assert "Secrets were not read" in as_page(replace(report(()), reads_secrets=False))


FILE = HostRef("db1", "database", "/etc/postgresql/15/main/postgresql.conf")


@pytest.mark.parametrize(
    ("kind", "expected", "found", "said"),
    [
        ("changed", {"lines": ["a = 1"]}, {"line": 9, "lines": ["a = 2", "b = 3"]}, "a = 1 → line 9: a = 2; b = 3"),
        ("changed", {"lines": []}, {"line": 2, "lines": ["ssh-ed25519 AAAA x"]}, "added: line 2: ssh-ed25519 AAAA x"),
        ("changed", {"lines": ["a = 1"]}, {"line": 8, "lines": []}, "removed: a = 1"),
        ("changed", False, True, "false → true"),
        ("changed", "x", "", 'x → ""'),
        ("foreign", None, {"kind": "file", "mode": "0644"}, "nobody declared it: kind file, mode 0644"),
        ("foreign", None, ["login", "superuser"], "nobody declared it: login, superuser"),
        ("foreign", None, [], "nobody declared it"),
        ("foreign", None, {"rule": {"chain": "input"}}, 'nobody declared it: {"rule": {"chain": "input"}}'),
    ],
)
def test_what_differs_on_a_host_is_said_without_brackets(kind: str, expected: Json, found: Json, said: str) -> None:
    assert sentence(finding(FindingClass(kind), where=FILE, expected=expected, found=found)) == said


def test_what_differs_in_the_cluster_is_said_as_json() -> None:
    assert sentence(finding(expected={"app": "x"}, found={})) == '{"app": "x"} → {}'


def test_what_a_run_was_told_to_leave_out_is_said_in_every_form() -> None:
    given = replace(report(()), left_out=("hosts",))
    assert json.loads(as_document(given))["left_out"] == ["hosts"]
    assert "Left out of this check: hosts." in as_markdown(given)
    assert "Left out of this check: hosts." in as_page(given)
    console = Console(record=True, width=160)
    print_report(given, console)
    assert "left out: hosts" in console.export_text()


@pytest.mark.parametrize(
    ("tenants", "where"),
    [
        ((None,), "1 difference in what all partners share, 1 of them critical."),
        (("moelln",), "1 difference in 1 partner, 1 of them critical."),
        (
            ("moelln", "luebeck", None),
            "3 differences in 2 partners and in what all partners share, 3 of them critical.",
        ),
    ],
)
def test_the_headline_says_whom_the_differences_concern(tenants: tuple[str | None, ...], where: str) -> None:
    assert headline(report(tuple(finding(tenant=tenant) for tenant in tenants))) == where
