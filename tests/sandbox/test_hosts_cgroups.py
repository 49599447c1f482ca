"""Sandbox hosts under every layout of control groups: the mixed one, the second version alone, and systemd's own tree.

The second version alone is made in a mount namespace. For a computer that systemd runs one is booted: systemd-nspawn on
an overlay of this computer's own root, in which the sandbox is then used as anywhere.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kogge.toolpath import cache_root
from sandbox.hosts import fleet, image
from sandbox.hosts.requirements import ensure_inotify, require_machine, unfit
from tests.support.checkout import CHECKOUT

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(unfit(sys.platform, os.geteuid()) is not None, reason="sandbox hosts need root on Linux"),
]

SCOPE = "machine.slice kogge-TAG-vpn1.scope supervisor"

SECOND_VERSION_ALONE = """
umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"
"""

LIFE = """
import subprocess
import sys
from datetime import date
from pathlib import Path
from kogge.estate import require_estate
from sandbox.hosts import fleet
from sandbox.hosts.machine import running
from sandbox.hosts.plan import plan_fleet

directory = Path(sys.argv[1])
platform = require_estate(Path(sys.argv[2]), as_of=date(2026, 11, 24)).platform

def say(words):
    plan = fleet.up(platform, directory, only=["vpn1"])
    ssh = ["ssh", "-F", str(plan.access / "config"), "-o", "ControlPath=none", "vpn1"]
    print(subprocess.run([*ssh, words], capture_output=True, text=True, timeout=20).stdout.strip(), flush=True)
    return running(plan.machines[0])

process = say("stat -f -c %T /sys/fs/cgroup; systemctl is-system-running --wait")
group = Path(f"/proc/{process.pid}/cgroup").read_text().splitlines()[-1]
print(*Path(group.replace(plan_fleet(platform, directory).tag, "TAG")).parts[-3:])
process.children()[0].kill()
process.wait(20)
process = say("echo again after its first process was killed")
process.kill()
process.wait(20)
process = say("echo again after nspawn was killed")
print(*fleet.down(directory), process.is_running())
"""

PROBE_UNIT = """
[Unit]
DefaultDependencies=no
After=systemd-journald.socket

[Service]
Type=oneshot
WorkingDirectory={checkout}
Environment=HOME=/root PYTHONPATH={checkout} XDG_CACHE_HOME={cache}
ExecStart=/bin/sh -c '{command} >{log} 2>&1; systemctl poweroff --force'
TimeoutStartSec=120
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Give a place for hosts; what a failed test left there is stopped in the view of cgroups that started it."""
    require_machine(install=True)
    ensure_inotify()
    image.ensure_image()
    place = tmp_path / "hosts"
    yield place
    fleet.down(place)


def second_version_alone(*words: str) -> list[str]:
    """Return ``words`` with a mount namespace around them in which cgroup2 is all there is; skip where it cannot be."""
    around = ["unshare", "--mount", "sh", "-c", SECOND_VERSION_ALONE, "sh"]
    tried = subprocess.run([*around, "true"], capture_output=True, text=True, timeout=20)
    if tried.returncode != 0:
        pytest.skip(f"cgroup2 cannot be mounted alone here: {tried.stderr.strip()}")
    return [*around, *words]


def life(directory: Path) -> list[str]:
    return [sys.executable, "-c", LIFE, str(directory), str(CHECKOUT)]


def test_hosts_live_where_there_is_only_the_second_version_of_cgroups(directory: Path) -> None:
    words = second_version_alone(*life(directory))
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment, cwd=CHECKOUT)
    assert done.stdout.splitlines() == [
        "cgroup2fs",
        "running",
        SCOPE if Path("/run/systemd/system").is_dir() else "kogge-TAG vpn1 supervisor",
        "again after its first process was killed",
        "again after nspawn was killed",
        "vpn1 False",
    ], done.stderr


def test_where_systemd_runs_the_computer_hosts_live_in_scopes_it_delegates(directory: Path, tmp_path: Path) -> None:
    words = second_version_alone("sh", "-e", "-c", computer(tmp_path, life(directory)))
    booted = subprocess.run(words, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL)
    log = tmp_path / "log"
    assert log.exists(), booted.stdout + booted.stderr
    told = [line for line in log.read_text(encoding="utf-8").splitlines() if not line.startswith("  sandbox hosts")]
    assert told == [
        "cgroup2fs",
        "running",
        SCOPE,
        "again after its first process was killed",
        "again after nspawn was killed",
        "vpn1 False",
    ], booted.stdout
    assert list(Path("/sys/fs/cgroup").rglob(f"kogge-test-{os.getpid()}")) == []


def computer(directory: Path, command: list[str]) -> str:
    """Return a script that boots a computer like this one, with systemd as its first process, to run ``command`` in it.

    Its /proc/sys and /sys stay read-only: it is no computer of its own, and no setting of this one may move.
    """
    unit = PROBE_UNIT.format(
        checkout=CHECKOUT, cache=cache_root().parent, log=directory / "log", command=f"{directory}/command"
    )
    (directory / "probe.service").write_text(unit, encoding="utf-8")
    program = directory / "command"
    program.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n", encoding="utf-8")
    program.chmod(0o755)
    (directory / "computer").mkdir()
    binds = " ".join(f"--bind={place}" for place in (directory, CHECKOUT, cache_root()))
    group = f"/sys/fs/cgroup/kogge-test-{os.getpid()}"
    return f"""
    mount -t tmpfs tmpfs {directory}/computer
    cd {directory}/computer
    mkdir upper work root
    mount -t overlay overlay -o lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work $PWD/root
    : > root/etc/machine-id
    cp {directory}/probe.service root/etc/systemd/system/kogge-probe.service
    mkdir {group}
    trap 'find {group} -depth -type d -exec rmdir {{}} \\;' EXIT
    sh -c 'echo $$ > {group}/cgroup.procs; exec "$@"' sh env SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn \\
      --quiet -D root --register=no --keep-unit --private-network --capability=all --resolv-conf=off --timezone=off \\
      --console=pipe {binds} --machine=kogge-test-{os.getpid()} --boot systemd.unit=kogge-probe.service
    """
