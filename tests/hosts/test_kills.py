"""Killed at any moment, a run on hosts leaves them no wider open than they were, and the next run converges."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import time

import psutil
import pytest

from tests.support.fleet_under_test import FleetUnderTest

pytestmark = [pytest.mark.hosts, pytest.mark.long]

# Each gives the run something to do, and none opens anything.
LEFT_TO_DO = (
    "nft add rule inet kogge input tcp dport 4444 drop",
    "sed -i 's/^MaxAuthTries.*/MaxAuthTries 2/' /etc/ssh/sshd_config",
    "chmod 0400 /etc/sudoers.d/kogge",
    "rm -f /etc/sysctl.d/60-kogge.conf /etc/modprobe.d/kogge.conf",
    "sysctl -qw net.ipv4.tcp_syncookies=0",
    "rm -f /etc/apt/apt.conf.d/60kogge",
    "rm -f /etc/audit/rules.d/kogge.rules",
    "rm -f /etc/systemd/timesyncd.conf.d/kogge.conf",
    "systemctl mask --quiet apt-daily.timer",
    "apt-get purge -qq unattended-upgrades >/dev/null 2>&1",
)
LEFT_TO_DO_ON_DATABASES = (
    "sed -i '/moelln/d' /etc/postgresql/15/main/pg_hba.conf",
    "sed -i 's/^max_connections.*/max_connections = 101/' /etc/postgresql/15/main/postgresql.conf",
    "rm -f /etc/postgresql/15/main/kogge.key /etc/postgresql/15/main/kogge.crt",
    "systemctl disable --quiet postgresql.service",
    "sudo -u postgres dropdb --if-exists --force moelln--terminvergabe",
    "sudo -u postgres psql -qc 'ALTER ROLE \"luebeck--terminvergabe\" CONNECTION LIMIT 3'",
)
ROUNDS = int(os.environ.get("KOGGE_KILLS", "20"))
SECONDS_OF_A_RUN = 25.0


def undo_something(hosts: FleetUnderTest, chance: random.Random) -> None:
    for host, things in (("edge1", LEFT_TO_DO), ("db1", (*LEFT_TO_DO, *LEFT_TO_DO_ON_DATABASES))):
        hosts.sh(host, "\n".join(chance.sample(things, chance.randint(2, len(things)))))


def kill_somewhere(hosts: FleetUnderTest, chance: random.Random) -> str:
    """Start a run in a process of its own, kill one of its processes or all of them, and say which and when."""

    def child() -> None:
        os.setsid()
        hosts.converge()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    after = chance.uniform(0.5, SECONDS_OF_A_RUN)
    process.join(after)
    if process.exitcode is not None:
        return "nothing: it was done"
    root = psutil.Process(process.pid)
    everybody = [*root.children(recursive=True), root]
    victims = chance.choice([everybody, everybody, [root], [chance.choice(everybody)]])
    told = f"{'all' if victims is everybody else victims[0].name()} of {len(everybody)} after {after:.1f} s"
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.send_signal(signal.SIGKILL)
    process.join(180)
    assert process.exitcode is not None, f"it hangs after killing {told}"
    return told


def nothing_is_open(hosts: FleetUnderTest) -> bool:
    return not (
        hosts.answers(hosts.plan.hub, "10.250.0.11", 5432)
        or hosts.answers(hosts.pod, "10.250.0.11", 22)
        or hosts.answers(hosts.pod, "10.250.0.21", 22)
    )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_run_killed_at_a_random_moment_is_continued_by_the_next(hosts: FleetUnderTest, number: int) -> None:
    seed = time.time_ns() + number
    chance = random.Random(seed)
    undo_something(hosts, chance)
    told = f"{kill_somewhere(hosts, chance)}, seed {seed}"
    assert nothing_is_open(hosts), told
    summary = hosts.converge()
    assert summary.ok, (told, [result.message for result in summary.results])
    assert nothing_is_open(hosts), told
    seen = hosts.drift()
    assert (seen.findings, seen.unknown) == ((), ()), told
    for host in ("db1", "edge1"):
        assert hosts.sh(host, "ls -A /var/lib/kogge/guard").stdout == "", told
