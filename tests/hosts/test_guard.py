"""A change of packet filter or sshd that locks everybody out is undone: in time, at a boot, and whatever was killed."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kogge.hostrun import HostRunSummary, Outcome, RoleDocument
from sandbox.hosts import fleet
from sandbox.hosts.machine import running
from tests.support.applied_documents import apply, document, killed_run, with_file
from tests.support.fleet_under_test import HOSTS, FleetUnderTest

pytestmark = pytest.mark.hosts

LONGER_THAN_ANY_TEST = 3600
NO_WAY_BACK = "nothing was changed, for there would be no way back"


def ruleset(hosts: FleetUnderTest, old: str, new: str) -> RoleDocument:
    """Return edge1's baseline with a word of its packet filter replaced."""
    files = document(hosts, "edge1", "baseline").content["files"]
    text = files["firewall"][0]["content"]
    assert old in text
    changed = with_file(files, "firewall", "/etc/nftables.conf", text.replace(old, new))
    return document(hosts, "edge1", "baseline", files=changed)


def sshd(hosts: FleetUnderTest, old: str, new: str, wanted: RoleDocument | None = None) -> RoleDocument:
    """Return edge1's baseline, or ``wanted``, with a word of sshd's settings replaced."""
    files = (wanted or document(hosts, "edge1", "baseline")).content["files"]
    text = next(file["content"] for file in files["ssh"] if file["path"] == "/etc/ssh/sshd_config")
    assert old in text
    changed = with_file(files, "ssh", "/etc/ssh/sshd_config", text.replace(old, new))
    return document(hosts, "edge1", "baseline", files=changed)


def locked_out_by_rules(hosts: FleetUnderTest) -> RoleDocument:
    return ruleset(hosts, "10.250.0.0/24", "192.0.2.0/24")


def reachable(hosts: FleetUnderTest, *options: str) -> bool:
    words = ["ssh", "-F", str(hosts.ssh_config), *(options or ("-o", "ControlPath=none")), "-o", "ConnectTimeout=2"]
    return subprocess.run([*words, "edge1", "true"], capture_output=True, timeout=20).returncode == 0


def wait_until(what: Callable[[], bool], said: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, said
        time.sleep(0.3)


def assert_nothing_is_left(hosts: FleetUnderTest) -> None:
    """The host is as the files say, and nothing of a guard lies on it."""
    assert hosts.seen("edge1") == {}
    kept = "ls -A /var/lib/kogge/guard; ls /run | grep kogge-guard || true; systemctl list-units --all --plain "
    assert hosts.sh("edge1", kept + "--no-legend 'kogge-guard*.timer'").stdout == ""
    assert hosts.sh("edge1", "find /etc -name '*kogge-guard*' -o -name '.kogge-*'").stdout == ""


@pytest.fixture(autouse=True)
def mended(hosts: FleetUnderTest) -> Iterator[None]:
    """Bring edge1 back to what the files say after a test that failed half-way."""
    yield
    wait_until(lambda: reachable(hosts), "edge1 stayed locked")
    if hosts.seen("edge1"):
        hosts.converge(hosts=["edge1"])


@pytest.mark.parametrize(
    "locked_out",
    [
        pytest.param(locked_out_by_rules, id="packet filter"),
        pytest.param(
            lambda hosts: sshd(hosts, "AllowUsers kogge", "AllowUsers nobody"),
            id="sshd that lets nobody in",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda hosts: sshd(hosts, "AddressFamily any", "AddressFamily any\nListenAddress 192.0.2.1"),
            id="sshd that accepts its settings and dies of them",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_change_that_locks_us_out_is_undone_in_time(
    hosts: FleetUnderTest, locked_out: Callable[[FleetUnderTest], RoleDocument]
) -> None:
    summary = apply(hosts, locked_out(hosts), baseline_guard_seconds=12)
    assert summary.results[0].outcome is Outcome.UNREACHABLE
    wait_until(lambda: reachable(hosts), "edge1 did not roll back")
    assert_nothing_is_left(hosts)


def test_a_connection_from_before_the_change_confirms_nothing(hosts: FleetUnderTest, tmp_path: Path) -> None:
    """The new rules keep connections that exist and let in no new one: the old ones work on, and do not count."""
    control = tmp_path / "c"
    old = ("-o", f"ControlPath={control}")
    master = ["ssh", "-F", str(hosts.ssh_config), *old, "-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-N"]
    held = subprocess.Popen([*master, "edge1"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(control.exists, "no connection")
        summary = apply(hosts, locked_out_by_rules(hosts), baseline_guard_seconds=20)
        assert summary.results[0].outcome is Outcome.UNREACHABLE
        assert reachable(hosts, *old)
        assert not reachable(hosts)
        wait_until(lambda: reachable(hosts), "edge1 did not roll back")
    finally:
        held.terminate()
        held.wait(10)
    assert_nothing_is_left(hosts)


def restart(hosts: FleetUnderTest, number: int) -> None:
    """Signal the first process of edge1 and boot it, unless it does that by itself."""
    machine = next(machine for machine in hosts.plan.machines if machine.name == "edge1")
    process = running(machine)
    assert process is not None
    first = process.children()[0]
    first.send_signal(number)
    first.wait(30)
    wait_until(lambda: running(machine) is None or bool(process.children()), "neither off nor rebooted")
    fleet.up(hosts.estate.platform, hosts.root / ".kogge" / "sandbox" / "hosts", only=HOSTS)


@pytest.mark.parametrize(
    "number",
    [
        # systemd(1), SIGNALS
        pytest.param(signal.SIGRTMIN + 5, id="reboot"),
        pytest.param(signal.SIGKILL, id="power cut", marks=pytest.mark.long),
    ],
)
def test_a_machine_that_goes_down_with_an_unconfirmed_change_comes_up_without_it(
    hosts: FleetUnderTest, number: int
) -> None:
    both = sshd(hosts, "AllowUsers kogge", "AllowUsers nobody", locked_out_by_rules(hosts))
    summary = apply(hosts, both, baseline_guard_seconds=LONGER_THAN_ANY_TEST)
    assert summary.results[0].outcome is Outcome.UNREACHABLE
    assert not reachable(hosts)
    restart(hosts, number)
    assert reachable(hosts)
    assert_nothing_is_left(hosts)


def test_what_starts_units_while_a_change_waits_does_not_undo_it(hosts: FleetUnderTest) -> None:
    changed = ruleset(hosts, "50/second", "49/second")
    killed_run(hosts, "Configure sshd", changed)
    hosts.sh(
        "edge1", "systemctl daemon-reload; systemctl restart systemd-journald.service; systemctl start sysinit.target"
    )
    assert hosts.sh(
        "edge1", "cd /var/lib/kogge/guard/firewall; ls armed; nft list ruleset | grep -c 49/second"
    ).stdout.split() == ["armed", "1"]
    assert hosts.converge(hosts=["edge1"]).ok
    assert_nothing_is_left(hosts)


@pytest.mark.parametrize(
    ("prepare", "undo", "reason"),
    [
        pytest.param(
            "mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs /var/lib/kogge/guard; "
            "head -c 4096 /dev/zero > /var/lib/kogge/guard/filler",
            "umount /var/lib/kogge/guard",
            "No space left on device",
            id="full disk",
        ),
        pytest.param(
            "mount --bind /var/lib/kogge/guard /var/lib/kogge/guard; mount -o remount,bind,ro /var/lib/kogge/guard",
            "umount /var/lib/kogge/guard",
            "Read-only file system",
            id="read-only place of the guard",
        ),
        pytest.param(
            "mount --bind /etc/systemd/system /etc/systemd/system; mount -o remount,bind,ro /etc/systemd/system",
            "umount /etc/systemd/system",
            "Read-only file system",
            id="read-only units",
        ),
        pytest.param(
            "cd /usr/local/bin; printf '#!/bin/sh\\necho no bus >&2; exit 1\\n' > systemd-run; chmod 755 systemd-run",
            "rm /usr/local/bin/systemd-run",
            "systemd-run: no bus",
            id="no timer",
        ),
    ],
)
def test_without_a_way_back_nothing_is_changed(hosts: FleetUnderTest, prepare: str, undo: str, reason: str) -> None:
    before = hosts.sh("edge1", "cat /etc/nftables.conf; nft list ruleset").stdout
    hosts.sh("edge1", prepare)
    try:
        result = apply(hosts, locked_out_by_rules(hosts)).results[0]
        assert result.outcome is Outcome.FAILED
        assert NO_WAY_BACK in result.message
        assert reason in result.message
        assert hosts.sh("edge1", "cat /etc/nftables.conf; nft list ruleset").stdout == before
    finally:
        hosts.sh("edge1", undo)
    assert_nothing_is_left(hosts)


def program(hosts: FleetUnderTest, name: str, script: str) -> str:
    """Put a program before the system's of the same name, which ``script`` may go on with; return its path."""
    path = f"/usr/local/sbin/{name}"
    hosts.sh("edge1", f"cat > {path} <<'END'\n#!/bin/sh\n{script}\nexec /usr/sbin/{name} \"$@\"\nEND\nchmod 755 {path}")
    return path


def test_a_run_killed_while_it_keeps_what_was_there_changes_nothing_and_is_cleaned_up(hosts: FleetUnderTest) -> None:
    path = program(hosts, "nft", '[ "$*" != "list ruleset" ] || { echo "$PPID $$" > /run/module; exec sleep 60; }')
    summaries: list[HostRunSummary] = []
    run = threading.Thread(target=lambda: summaries.append(apply(hosts, locked_out_by_rules(hosts))))
    run.start()
    try:
        wait_until(lambda: hosts.sh("edge1", "cat /run/module", check=False).returncode == 0, "nothing was kept")
        hosts.sh("edge1", "kill -9 $(cat /run/module)")
        run.join(60)
        assert summaries[0].results[0].outcome is Outcome.FAILED
        assert hosts.sh("edge1", "ls -A /var/lib/kogge/guard").stdout.startswith(".making-")
        assert reachable(hosts)
    finally:
        hosts.sh("edge1", f"rm {path} /run/module; nft add rule inet kogge input tcp dport 4444 accept")
    assert hosts.converge(hosts=["edge1"]).ok
    assert_nothing_is_left(hosts)


def test_what_a_run_killed_while_it_wrote_left_is_gone_after_the_next(hosts: FleetUnderTest) -> None:
    hosts.sh("edge1", "cd /etc/ssh; head -c 100 sshd_config > .kogge-sshd_config; echo '# x' >> sshd_config")
    assert hosts.converge(hosts=["edge1"]).ok
    assert_nothing_is_left(hosts)


def test_a_change_that_was_undone_in_the_meantime_is_not_called_confirmed(hosts: FleetUnderTest) -> None:
    path = program(hosts, "sshd", '[ "$1" != -t ] || sleep 4')
    try:
        slow = sshd(hosts, "MaxSessions 10", "MaxSessions 9", ruleset(hosts, "50/second", "49/second"))
        result = apply(hosts, slow, baseline_guard_seconds=2).results[0]
        assert result.outcome is Outcome.FAILED
        assert "firewall: the change was rolled back before it was confirmed" in result.message
    finally:
        hosts.sh("edge1", f"rm {path}")
    wait_until(lambda: hosts.seen("edge1") == {}, "sshd did not roll back")
    assert_nothing_is_left(hosts)
