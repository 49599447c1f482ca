"""The check as a whole on files of a test's own, whose cluster and hosts do not exist: nothing read, nothing clean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kogge import places
from kogge.errors import ExitCode, UsageError
from kogge.nightly.checks import OnHosts
from kogge.nightly.report import Status
from kogge.nightly.whole_check import drift_report, nightly_report

NOW = datetime(2026, 11, 26, 3, 30, tzinfo=UTC)


def break_tenant(root: Path, name: str) -> None:
    """Put a stage into a tenant's file that there is not."""
    path = root / "tenants" / f"{name}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("stage: member", "stage: friend"), encoding="utf-8")


def test_what_does_not_answer_is_unknown_and_named(root: Path) -> None:
    report = drift_report(root, [], OnHosts.READ)
    assert (report.status, report.findings) == (Status.INCOMPLETE, ())
    assert [unknown.where for unknown in report.judgement.unknown] == ["cluster hl1: everything", "hosts"]
    assert {unknown.tenant for unknown in report.judgement.unknown} == {None}


def test_whoever_names_tenants_does_not_ask_hosts_and_is_told_so(root: Path) -> None:
    report = drift_report(root, ["moelln"], OnHosts.READ)
    assert [unknown.where for unknown in report.judgement.unknown] == ["cluster hl1: everything"]
    assert report.left_out == ("hosts",)


def test_a_tenant_that_does_not_exist_is_refused_by_its_name(root: Path) -> None:
    with pytest.raises(UsageError, match="no such tenant: ratzeburg"):
        drift_report(root, ["moelln", "ratzeburg"])


def test_files_that_cannot_be_used_give_a_report_that_names_the_place(root: Path) -> None:
    platform = root / "platform.yaml"
    platform.write_text(platform.read_text(encoding="utf-8").replace("title:", "titel:"), encoding="utf-8")
    report, _ = nightly_report(root, NOW)
    assert (report.exit_code, report.checked_at) == (ExitCode.INCOMPLETE, NOW)
    assert all(unknown.scope.startswith("files: platform.yaml:") for unknown in report.judgement.unknown)
    assert report.judgement.unknown


def test_a_tenant_whose_file_has_an_error_is_listed_as_such_beside_the_others(root: Path) -> None:
    break_tenant(root, "moelln")
    report, _ = nightly_report(root, NOW)
    listed = {partner.name: partner for partner in report.partners}
    assert listed["moelln"].official_name == "its file has an error"
    assert listed["luebeck"].declared > 0
    assert report.names()[0] == "platform"


def test_a_nightly_check_keeps_its_record_and_a_question_in_between_does_not(root: Path) -> None:
    drift_report(root, [])
    assert not places.first_seen(root).exists()
    nightly_report(root, NOW)
    assert json.loads(places.first_seen(root).read_text(encoding="utf-8")) == {"version": 1, "findings": {}}


def test_hosts_without_an_identity_for_the_check_are_unknown_and_not_read_as_root(root: Path) -> None:
    platform, access = root / "platform.yaml", root / ".kogge/sandbox/hosts/ssh"
    access.mkdir(parents=True)
    for name in ("id_ed25519", "known_hosts", "authorized_keys"):
        (access / name).write_text("", encoding="utf-8")
    text = platform.read_text(encoding="utf-8")
    start = text.index("  nightly:", text.index("host_access:"))
    platform.write_text(text[:start] + text[text.index("time_servers:") :], encoding="utf-8")
    hosts = [unknown for unknown in drift_report(root, [], OnHosts.READ).judgement.unknown if unknown.where == "hosts"]
    assert len(hosts) == 1
    assert "host_access.nightly" in hosts[0].reason
