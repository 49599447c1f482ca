"""Runs converge, say before what they will do, and leave nothing of themselves behind."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psutil
import pytest

from kogge.deploy.lock import StackLockedError
from kogge.hostrun import EventKind, HostEvent, Outcome, open_access
from kogge.hostrun.pinning import shown_key
from tests.support.checkout import CHECKOUT
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

MENDED = """
chmod 0644 /etc/ssh/sshd_config
nft add rule inet kogge input tcp dport 4444 accept
echo x >> /etc/sudoers.d/kogge && sed -i '$d' /etc/sudoers.d/kogge && chmod 0400 /etc/sudoers.d/kogge
rm /etc/sysctl.d/60-kogge.conf
sysctl -qw net.ipv4.tcp_syncookies=0
echo '# x' >> /etc/apt/apt.conf.d/60kogge
rm /etc/audit/rules.d/kogge.rules
chmod 0600 /etc/systemd/timesyncd.conf.d/kogge.conf
systemctl mask --quiet apt-daily.timer
rm /etc/postgresql-common/createcluster.d/kogge.conf
chmod 0640 /etc/postgresql/15/main/kogge.key
echo '# x' >> /etc/postgresql/15/main/pg_hba.conf
sed -i 's/^max_connections.*/max_connections = 101/' /etc/postgresql/15/main/postgresql.conf
systemctl disable --quiet postgresql.service
"""


def changed_tasks(hosts: FleetUnderTest, *, check: bool) -> list[tuple[str, str]]:
    """Return role and task of everything a run on db1 changes, or says it would."""
    seen: list[tuple[str, str]] = []

    def note(event: HostEvent) -> None:
        if event.changed and event.kind is EventKind.OK:
            seen.append((event.role, event.task))

    assert hosts.converge(hosts=["db1"], check=check, progress=note).ok
    return seen


def test_a_second_run_changes_nothing_and_a_check_run_says_so(hosts: FleetUnderTest) -> None:
    for summary in (hosts.converge(), hosts.converge(check=True)):
        assert {result.outcome for result in summary.results} == {Outcome.CLEAN}, summary.results
        assert {(result.host, result.role) for result in summary.results} == {
            ("db1", "baseline"),
            ("db1", "database"),
            ("edge1", "baseline"),
        }


def test_a_check_run_predicts_the_real_one_task_by_task(hosts: FleetUnderTest) -> None:
    hosts.sh("db1", MENDED)
    hosts.sql('ALTER ROLE "moelln--terminvergabe" CREATEDB; GRANT CONNECT ON DATABASE postgres TO PUBLIC')
    predicted = changed_tasks(hosts, check=True)
    done = changed_tasks(hosts, check=False)
    assert predicted == done
    assert len(done) >= 14
    assert changed_tasks(hosts, check=True) == []
    assert hosts.seen() == {}


def test_a_run_leaves_no_file_and_no_connection_behind(hosts: FleetUnderTest) -> None:
    hosts.converge(check=True, hosts=["edge1"])
    memory = Path("/dev/shm")  # noqa: S108 (only looked at)
    assert list(memory.glob(f"kogge-{os.getpid()}-*")) == []
    masters = [
        p for p in psutil.process_iter(["cmdline"]) if f"kogge-{os.getpid()}-" in " ".join(p.info["cmdline"] or [])
    ]
    assert masters == []


def test_progress_is_told_while_it_happens(hosts: FleetUnderTest) -> None:
    kinds: list[EventKind] = []
    hosts.converge(hosts=["edge1"], check=True, progress=lambda event: kinds.append(event.kind))
    assert kinds[0] is EventKind.START
    assert kinds[-1] is EventKind.STATS
    assert EventKind.OK in kinds


def test_a_run_does_not_depend_on_the_shell_of_who_started_it(
    hosts: FleetUnderTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without SHLVL, as under a timer, bash would read this file before it connects, and wait."""
    (tmp_path / ".bashrc").write_text("sleep 60\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.delenv("SHLVL", raising=False)
    seen = hosts.drift(hosts=["edge1"])
    assert (seen.findings, seen.unknown) == ((), ())
    key = (hosts.machine_root("edge1") / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
    assert shown_key(open_access(hosts.estate), "edge1") == " ".join(key.split()[:2])


def test_no_task_hides_what_it_writes() -> None:
    """Neither ``changed_when: false`` nor ``check_mode: false`` nor ``ignore_errors`` stands anywhere."""
    files = list((CHECKOUT / "playbooks").rglob("*.yml"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        for word in ("changed_when: false", "check_mode: false", "ignore_errors"):
            assert word not in text, (file, word)
        # A loop costs a second a turn: over what has a fixed number, never over tenants.
        loops = set(re.findall(r"^\s+loop: (.+)$", text, flags=re.MULTILINE))
        assert loops <= {
            '"{{ database_document.database.accounts }}"',
            '"{{ (baseline_document.system.nightly or {}).directories | default([]) }}"',
        }, file


def test_a_second_run_at_the_same_time_is_told_who_is_at_work(hosts: FleetUnderTest) -> None:
    refused: list[str] = []

    def try_another(event: HostEvent) -> None:
        if event.kind is EventKind.START and not refused:
            try:
                hosts.converge(hosts=["edge1"])
            except StackLockedError as error:
                refused.append(error.message)

    assert hosts.converge(hosts=["edge1"], progress=try_another).ok
    assert str(os.getpid()) in refused[0]
