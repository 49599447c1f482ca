"""What goes wrong on the way to a host: a clear message, never wider open than before, and the next run converges."""

from __future__ import annotations

import dataclasses
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kogge.errors import KoggeError
from kogge.estate import require_estate
from kogge.hostrun import Outcome, open_access, run
from kogge.hostrun.run import HostRunError
from kogge.nightly.report import Report
from kogge.report.console import GuardedConsole
from kogge.report.document import as_document
from kogge.report.markdown import as_markdown
from kogge.report.notification import notification
from kogge.report.page import as_page
from kogge.report.terminal import print_report
from tests.support.applied_documents import apply, document, killed_run, with_file
from tests.support.fleet_under_test import AS_OF, FleetUnderTest
from tests.support.hostile_text import hidden, obeyed

_MEMORY = Path("/dev/shm")  # noqa: S108 (only looked at)

pytestmark = pytest.mark.hosts


def test_an_unreachable_host_is_named_and_the_others_of_the_role_wait(hosts: FleetUnderTest) -> None:
    db1, edge1 = document(hosts, "db1", "baseline"), document(hosts, "edge1", "baseline")
    access = open_access(hosts.estate)
    nowhere = dataclasses.replace(access.targets["db1"], port=2222)
    summary = run(dataclasses.replace(access, targets={**access.targets, "db1": nowhere}), [db1, edge1])
    assert [result.outcome for result in summary.results] == [Outcome.UNREACHABLE, Outcome.NOT_RUN]
    assert "not reached by ssh" in summary.results[0].message


def test_a_host_with_another_key_than_the_pinned_one_is_refused(hosts: FleetUnderTest, tmp_path: Path) -> None:
    access = open_access(hosts.estate)
    lines = access.known_hosts_file.read_text(encoding="utf-8").splitlines()
    db1_key = next(line for line in lines if line.startswith("db1,")).split(" ", 1)[1]
    (tmp_path / "known_hosts").write_text(f"edge1 {db1_key}\n", encoding="utf-8")
    other = dataclasses.replace(access, known_hosts_file=tmp_path / "known_hosts")
    summary = run(other, [document(hosts, "edge1", "baseline")])
    assert summary.results[0].outcome is Outcome.UNREACHABLE
    assert "Host key verification failed" in summary.results[0].message


def test_a_host_that_is_not_pinned_is_refused(hosts: FleetUnderTest, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("", encoding="utf-8")
    other = dataclasses.replace(open_access(hosts.estate), known_hosts_file=tmp_path / "known_hosts")
    summary = run(other, [document(hosts, "edge1", "baseline")])
    assert "Host key verification failed" in summary.results[0].message


def test_a_host_nobody_knows_is_an_error_that_names_those_there_are(hosts: FleetUnderTest) -> None:
    with pytest.raises(HostRunError, match="no such host: db9") as raised:
        run(open_access(hosts.estate), [], hosts=["db9"])
    assert "db1" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("concern", "path", "word"),
    [
        ("firewall", "/etc/nftables.conf", "nft"),
        ("ssh", "/etc/ssh/sshd_config", "sshd"),
        ("account", "/etc/sudoers.d/kogge", "visudo"),
    ],
)
def test_a_file_its_program_refuses_is_not_written(hosts: FleetUnderTest, concern: str, path: str, word: str) -> None:
    before = hosts.sh("edge1", f"cat {path}").stdout
    files = document(hosts, "edge1", "baseline").content["files"]
    broken = document(hosts, "edge1", "baseline", files=with_file(files, concern, path, "this is no setting\n"))
    result = apply(hosts, broken).results[0]
    assert result.outcome is Outcome.FAILED
    assert f"{path} was not written: {word} refuses it" in result.message
    assert hosts.sh("edge1", f"cat {path}").stdout == before


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("host all all 10.0.0.0/99 trust", "put back, for PostgreSQL refuses: pg_hba.conf line 1"),
        ("host all all everywhere trust", "put back, for nobody could administer PostgreSQL any more"),
    ],
)
def test_rules_that_do_harm_to_postgresql_are_put_back(hosts: FleetUnderTest, rule: str, reason: str) -> None:
    good = document(hosts, "db1", "database")
    hba = next(file for file in good.content["files"]["postgresql"] if file["path"].endswith("pg_hba.conf"))
    files = with_file(good.content["files"], "postgresql", hba["path"], f"{rule}\n")
    result = apply(hosts, document(hosts, "db1", "database", files=files)).results[0]
    assert result.outcome is Outcome.FAILED
    assert reason in result.message
    assert hosts.sql("SELECT 1") == "1"
    assert hosts.sh("db1", f"cat {hba['path']}").stdout == hba["content"]


def test_a_document_that_does_not_fit_is_refused_before_anything_is_done(hosts: FleetUnderTest) -> None:
    broken = document(hosts, "edge1", "baseline", packages="auditd")
    result = apply(hosts, broken).results[0]
    assert result.outcome is Outcome.FAILED
    assert "packages" in result.message
    assert hosts.seen("edge1") == {}


def test_a_full_disk_is_said_and_nothing_is_half_written(hosts: FleetUnderTest) -> None:
    hosts.sh(
        "edge1",
        "mkdir -p /etc/systemd/timesyncd.conf.d; mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs "
        "/etc/systemd/timesyncd.conf.d; cd /etc/systemd/timesyncd.conf.d; head -c 4096 /dev/zero > filler",
    )
    try:
        result = hosts.converge(hosts=["edge1"]).results[0]
        assert result.outcome is Outcome.FAILED
        assert "No space left on device" in result.message
    finally:
        hosts.sh("edge1", "umount /etc/systemd/timesyncd.conf.d")
    assert hosts.converge(hosts=["edge1"]).ok
    assert hosts.seen("edge1") == {}


def test_a_package_that_no_mirror_has_is_named(hosts: FleetUnderTest) -> None:
    packages = {"present": ["kogge-does-not-exist"], "absent": []}
    result = apply(hosts, document(hosts, "edge1", "baseline", packages=packages)).results[0]
    assert result.outcome is Outcome.FAILED
    assert "kogge-does-not-exist" in result.message


def test_a_mirror_that_is_down_is_said(hosts: FleetUnderTest) -> None:
    """The package is known and not in the cache of the host, which has no network."""
    packages = {"present": ["sl"], "absent": []}
    result = apply(hosts, document(hosts, "edge1", "baseline", packages=packages)).results[0]
    assert result.outcome is Outcome.FAILED
    assert "sl" in result.message


@pytest.mark.parametrize(
    "task",
    ["Load the packet filter", pytest.param("Write kernel settings and unwanted modules", marks=pytest.mark.long)],
)
def test_a_killed_run_is_continued_by_the_next(hosts: FleetUnderTest, task: str) -> None:
    hosts.sh(
        "edge1",
        "rm -f /etc/sysctl.d/60-kogge.conf; nft flush chain inet kogge input; nft add rule inet kogge input accept",
    )
    killed_run(hosts, task)
    summary = hosts.converge(hosts=["edge1"])
    assert summary.ok, summary.results
    assert hosts.seen("edge1") == {}
    assert hosts.sh("edge1", "ls -A /var/lib/kogge/guard").stdout == ""
    assert list(_MEMORY.glob(f"kogge-{os.getpid()}-*")) == []


def test_what_a_host_and_a_database_say_is_shown_and_not_obeyed(hosts: FleetUnderTest) -> None:
    path = "/opt/<!channel>\\n::error::\\033[8m\\342\\200\\256\\377"
    role = '"moelln--terminvergabe"'
    hosts.sh("db1", f'p=$(printf \'{path}\'); cp /usr/bin/id "$p"; chmod 4755 "$p"')
    hosts.sql(f"ALTER ROLE {role} SET search_path = E'\"\\x1b[8m\\u202e\"'")
    try:
        seen = hosts.drift(hosts=["db1"])
    finally:
        hosts.sh("db1", f"rm \"$(printf '{path}')\"")
        hosts.sql(f"ALTER ROLE {role} RESET search_path")
    items = {str(finding.where): finding for finding in seen.findings}
    setuid = r"db1 baseline: /opt/<!channel>\x0a::error::\x1b[8m\u202e\xff"
    setting = "db1 database: role moelln--terminvergabe in (all)"
    assert {setuid, setting} == items.keys()
    # PostgreSQL quotes each part of a path once more.
    assert items[setting].found == r'"""\x1b[8m\u202e"""'
    report = Report("d7c0", datetime.now(UTC), seen)
    stream = io.StringIO()
    print_report(report, GuardedConsole(file=stream, width=160))
    for text in (stream.getvalue(), as_document(report), as_markdown(report), as_page(report)):
        assert hidden(text) == set()
    assert obeyed(stream.getvalue()) == []
    assert "<!channel>" not in str(notification(report, None))


def test_a_platform_that_does_not_say_how_hosts_are_reached_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    from tests.support.fleet_under_test import make_root

    root = make_root(tmp_path / "root")
    estate = require_estate(root, as_of=AS_OF)
    with pytest.raises(KoggeError, match="cannot be reached") as raised:
        open_access(estate)
    assert "kogge sandbox up --hosts" in str(raised.value.hint)
