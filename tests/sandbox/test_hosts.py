"""The life of sandbox hosts: start, go on after a kill, side by side, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kogge.estate.models.platform import Platform
from sandbox.fault import SandboxError
from sandbox.hosts import fleet, image, layers
from sandbox.hosts.machine import running
from sandbox.hosts.network import namespace_path
from sandbox.hosts.plan import FleetPlan, plan_fleet
from sandbox.hosts.requirements import unfit
from tests.support.checkout import CHECKOUT
from tests.support.seed_estate import seed_estate

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(unfit(sys.platform, os.geteuid()) is not None, reason="sandbox hosts need root on Linux"),
]


@pytest.fixture(scope="module")
def platform() -> Platform:
    return seed_estate().platform


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "hosts"
    yield place
    fleet.down(place)


def up(platform: Platform, directory: Path) -> FleetPlan:
    return fleet.up(platform, directory, only=["vpn1"])


def said(plan: FleetPlan, script: str) -> str:
    """Run a script on vpn1 and return what it printed."""
    words = ["ssh", "-F", str(plan.access / "config"), "-o", "ControlPath=none", "vpn1", script]
    return subprocess.run(words, capture_output=True, text=True, timeout=20).stdout


def hostname(plan: FleetPlan) -> str:
    return said(plan, "hostname; cat /etc/note || true")


def ended(process: psutil.Process) -> bool:
    """Tell whether a process runs no more; its parent may be slow to take note of it."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_second_up_keeps_what_runs(platform: Platform, directory: Path) -> None:
    first = running(up(platform, directory).machines[0])
    second = running(up(platform, directory).machines[0])
    assert first is not None
    assert second is not None
    assert first.pid == second.pid


def test_a_host_that_died_comes_back_with_its_disk(platform: Platform, directory: Path) -> None:
    plan = up(platform, directory)
    machine = plan.machines[0]
    (machine.root / "etc/note").write_text("kept", encoding="utf-8")
    process = running(machine)
    assert process is not None
    process.children()[0].kill()
    process.wait(20)
    assert hostname(up(platform, directory)).split() == ["vpn1", "kept"]


def test_a_machine_whose_nspawn_was_killed_is_ended_before_its_disk_is_booted_again(
    platform: Platform, directory: Path
) -> None:
    plan = up(platform, directory)
    process = running(plan.machines[0])
    assert process is not None
    first = process.children()[0]
    process.kill()
    process.wait(20)
    assert hostname(up(platform, directory)).split() == ["vpn1"]
    assert ended(first)


def test_down_ends_a_machine_whose_nspawn_was_killed(platform: Platform, directory: Path) -> None:
    process = running(up(platform, directory).machines[0])
    assert process is not None
    first = process.children()[0]
    process.kill()
    process.wait(20)
    fleet.down(directory)
    assert ended(first)
    assert not directory.exists()


def test_down_with_keep_boots_the_same_machine_again(platform: Platform, directory: Path) -> None:
    plan = up(platform, directory)
    key = (plan.machines[0].root / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
    assert fleet.down(directory, keep=True) == ("vpn1",)
    up(platform, directory)
    assert (plan.machines[0].root / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8") == key


def test_a_host_has_the_packages_of_its_roles_unless_it_is_bare(
    platform: Platform, directory: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    try:
        made, without = up(platform, directory), fleet.up(platform, bare, only=["vpn1"], bare=["vpn1"])
        assert (made.machines[0].root / "usr/sbin/nft").exists()
        assert not (without.machines[0].root / "usr/sbin/nft").exists()
        assert not (made.machines[0].root / "usr/sbin/policy-rc.d").exists()
    finally:
        fleet.down(bare)


def test_no_unit_of_a_fresh_host_fails_not_even_one_that_would_be_tried_again(
    platform: Platform, directory: Path
) -> None:
    """Between two tries a unit is no failed one, and ``systemctl is-system-running`` says running."""
    plan = up(platform, directory)
    shown = said(plan, "systemctl is-system-running --wait; systemctl show --property=Id,Result,NRestarts '*.service'")
    state, _, units = shown.partition("\n")
    found = [dict(line.split("=", 1) for line in unit.splitlines()) for unit in units.split("\n\n")]
    assert state == "running"
    assert "ssh.service" in {unit["Id"] for unit in found}
    assert [unit for unit in found if (unit["Result"], unit["NRestarts"]) != ("success", "0")] == []


def test_a_host_whose_layers_are_gone_is_not_put_on_others(platform: Platform, directory: Path, tmp_path: Path) -> None:
    machine = up(platform, directory).machines[0]
    fleet.down(directory, keep=True)
    (machine.directory / "layers").write_text(f"{tmp_path / 'gone'}\n", encoding="utf-8")
    with pytest.raises(SandboxError, match="which is gone") as raised:
        up(platform, directory)
    assert "kogge sandbox down" in str(raised.value.hint)


def test_a_layer_whose_packages_fail_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    base = tmp_path / image.ensure_image().name
    base.symlink_to(image.image_path())
    with pytest.raises(SandboxError, match=r"role odd could not be installed: .*kogge-does-not-exist"):
        layers.lay(base, [layers.Layer("odd", ("kogge-does-not-exist",))])
    assert [path.name for path in tmp_path.iterdir() if "building" in path.name] == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text(encoding="utf-8")


def test_two_sandboxes_side_by_side_use_the_same_addresses(platform: Platform, directory: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        mine, theirs = up(platform, directory), up(platform, other)
        assert mine.machines[0].address == theirs.machines[0].address
        (theirs.machines[0].root / "etc/note").write_text("theirs", encoding="utf-8")
        assert hostname(mine).split() == ["vpn1"]
        assert hostname(theirs).split() == ["vpn1", "theirs"]
    finally:
        fleet.down(other)


def test_down_leaves_no_process_mount_namespace_or_file(platform: Platform, directory: Path) -> None:
    plan = up(platform, directory)
    before = running(plan.machines[0])
    fleet.down(directory)
    assert before is not None
    assert not before.is_running()
    assert str(directory) not in Path("/proc/mounts").read_text(encoding="utf-8")
    assert not namespace_path(plan.hub).exists()
    assert not directory.exists()
    assert list(Path("/sys/fs/cgroup").rglob(f"kogge-{plan.tag}*")) == []
    assert fleet.down(directory) == ()


def test_down_removes_a_sandbox_that_has_hosts_alone(platform: Platform, directory: Path) -> None:
    up(platform, directory)
    words = [sys.executable, "-m", "kogge", "sandbox", "down"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "KOGGE_SANDBOX": str(directory.parent)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment, cwd=CHECKOUT)
    assert (done.returncode, done.stdout) == (0, f"sandbox removed from {directory.parent}\n"), done.stderr
    assert not directory.exists()


def test_nothing_is_added_to_the_root_namespace(platform: Platform, directory: Path) -> None:
    def seen() -> str:
        words = "ip -o address; ip route; ip -o link | cut -d: -f2"
        return subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=True).stdout

    before = seen()
    up(platform, directory)
    assert seen() == before


def test_a_process_with_a_reused_pid_is_not_signalled(platform: Platform, directory: Path) -> None:
    machine = up(platform, directory).machines[0]
    own = running(machine)
    assert own is not None
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        record = json.loads(machine.record.read_text(encoding="utf-8"))
        machine.record.write_text(json.dumps({**record, "pid": stranger.pid}), encoding="utf-8")
        found = running(machine)
        assert found is not None
        assert found.pid == own.pid
        fleet.down(directory)
        assert stranger.poll() is None
        assert not own.is_running()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.8])
def test_a_killed_start_is_continued_by_the_next(platform: Platform, directory: Path, seconds: float) -> None:
    image.ensure_image()
    script = (
        "from datetime import date; from pathlib import Path; from kogge.estate import require_estate\n"
        "from sandbox.hosts import fleet\n"
        f"estate = require_estate(Path({str(CHECKOUT)!r}), as_of=date(2026, 11, 24))\n"
        "print('go', flush=True)\n"
        f"fleet.up(estate.platform, Path({str(directory)!r}), only=['vpn1'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-c", script]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()
    plan = up(platform, directory)
    assert hostname(plan).split()[0] == "vpn1"
    root = str(plan.machines[0].root)
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    # Other programs that the killed start ran on the same root may still come to their end.
    assert len([words for words in commands if words[:1] == ["systemd-nspawn"] and root in words]) == 1


def test_a_namespace_that_was_removed_is_made_again(platform: Platform, directory: Path) -> None:
    plan = up(platform, directory)
    subprocess.run(["ip", "netns", "delete", plan.hub], check=True)
    assert hostname(up(platform, directory)).split()[0] == "vpn1"


def test_machines_of_two_state_directories_have_different_names(platform: Platform, tmp_path: Path) -> None:
    one, two = plan_fleet(platform, tmp_path / "one"), plan_fleet(platform, tmp_path / "two")
    assert one.hub != two.hub
    assert {m.namespace for m in one.machines}.isdisjoint(m.namespace for m in two.machines)
    assert len({m.port for m in one.machines}) == len(one.machines)


def test_other_systems_and_users_are_told_what_is_missing() -> None:
    assert unfit("darwin", 501) == "sandbox hosts need Linux (systemd-nspawn); this is darwin"
    assert unfit("linux", 1000) == "sandbox hosts need root: they boot real machines with networks of their own"
    assert unfit("linux", 0) is None
