"""The key of the nightly check, stolen: it starts one read-only program, and nothing else comes of it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kogge.desired.hosts.nightly import PROGRAM, QUESTION
from kogge.hostrun import open_access, open_nightly_access
from kogge.hostrun.facts import Bounds, Spoken, listen
from kogge.hostrun.inventory import ssh_config
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

ACCOUNT = "kogge-nightly"
TRAP = "/tmp/trap"  # noqa: S108 (on the host: a directory that everybody may write)
SETTINGS = {
    "forcecommand": f"/usr/bin/sudo -n -- {PROGRAM}",
    "permittty": "no",
    "permituserrc": "no",
    "permituserenvironment": "no",
    "allowagentforwarding": "no",
    "allowstreamlocalforwarding": "no",
    "allowtcpforwarding": "no",
    "permittunnel": "no",
    "x11forwarding": "no",
    "permitlisten": "none",
    "permitopen": "none",
    "maxsessions": "1",
}


@dataclasses.dataclass(frozen=True)
class Thief:
    """Somebody who has the nightly key, the addresses and the pinned keys of the hosts."""

    config: Path

    def words(self, host: str, *words: str, options: tuple[str, ...] = ()) -> list[str]:
        return ["ssh", "-F", str(self.config), *options, host, *words]

    def asks(self, host: str, *words: str, options: tuple[str, ...] = ()) -> Spoken:
        return listen(self.words(host, *words, options=options), lines=1, bounds=Bounds(seconds=50))

    def runs(self, host: str, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = self.words(host, *words, options=options)
        return subprocess.run(command, input="id\n", capture_output=True, text=True, timeout=55)


@pytest.fixture
def thief(hosts: FleetUnderTest, tmp_path: Path) -> Thief:
    config = tmp_path / "config"
    config.write_text(ssh_config(open_nightly_access(hosts.estate), None), encoding="utf-8")
    return Thief(config)


def answered(spoken: Spoken) -> dict[str, object]:
    """Return the facts, which are all that a login ever gives."""
    assert len(spoken.lines) == 1, spoken
    found: dict[str, object] = json.loads(spoken.lines[0])
    assert found["version"] == 1
    return found


def as_account(hosts: FleetUnderTest, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the account itself, as if its forced command had been escaped from."""
    return hosts.sh("edge1", f"cd {TRAP}; runuser -u {ACCOUNT} -- sh -c '{script}'", check=False)


@pytest.fixture
def trap(hosts: FleetUnderTest) -> Iterator[str]:
    """A directory of the account with everything that a careless program of root would pick up."""
    taken = f"#!/bin/sh\\nid -u > {TRAP}/owned\\n"
    python = f'import os; open("{TRAP}/owned", "w").write(str(os.getuid()))'
    programs = " ".join(("nft", "ss", "sshd", "systemctl", "dpkg", "unshare", "systemd-detect-virt", "sh", "python3"))
    hosts.sh(
        "edge1",
        f"rm -rf {TRAP}; mkdir -m 0777 {TRAP}\n"
        f"for name in {programs}; do printf '{taken}' > {TRAP}/$name; chmod 755 {TRAP}/$name; done\n"
        f"for name in sitecustomize usercustomize json types psycopg2; do echo '{python}' > {TRAP}/$name.py; done\n"
        f"chown -R {ACCOUNT} {TRAP}",
    )
    yield TRAP
    hosts.sh("edge1", f"rm -rf {TRAP}")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("cat", "/etc/shadow"), ()),
        (("sh", "-c", "'id; touch /tmp/owned'"), ()),
        ((f"{PROGRAM} --help; id",), ()),
        (("sftp",), ("-s",)),
        (("scp", "-f", "/etc/shadow"), ()),
        (("id",), ("-o", "SetEnv=LC_ALL=x PYTHONPATH=/tmp PYTHONSTARTUP=/tmp/x LANG=x BASH_ENV=/tmp/x ENV=/tmp/x")),
    ],
    ids=["command", "shell", "arguments", "sftp", "scp", "environment"],
)
def test_whatever_is_asked_the_facts_are_the_answer(
    thief: Thief, words: tuple[str, ...], options: tuple[str, ...]
) -> None:
    found = answered(thief.asks("edge1", *words, options=options))
    assert found["database"] is None


def test_no_terminal_is_given(thief: Thief) -> None:
    spoken = thief.asks("edge1", options=("-tt",))
    assert spoken.lines == ()
    assert "PTY allocation request failed" in spoken.complaint


@pytest.mark.parametrize(
    "options",
    [
        ("-W", "127.0.0.1:22"),
        ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "45011:127.0.0.1:22"),
        ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "/run/owned.sock:127.0.0.1:22"),
    ],
    ids=["to a port", "from a port", "from a socket"],
)
def test_no_tunnel_is_opened(thief: Thief, options: tuple[str, ...]) -> None:
    done = thief.runs("edge1", options=options)
    assert done.returncode != 0
    assert any(word in done.stderr for word in ("forwarding failed", "prohibited")), done.stderr


def test_sshd_holds_the_account_to_its_program_without_the_options_of_the_key(hosts: FleetUnderTest) -> None:
    told = hosts.sh("edge1", f"sshd -T -C user={ACCOUNT},host=x,addr=10.250.0.1").stdout
    effective = dict(line.split(" ", 1) for line in told.splitlines())
    assert {name: effective[name] for name in SETTINGS} == SETTINGS
    key = hosts.sh("edge1", f"cat /etc/ssh/authorized_keys/{ACCOUNT}").stdout
    assert key.startswith(f'restrict,command="/usr/bin/sudo -n -- {PROGRAM}" ssh-ed25519 ')


def test_the_key_opens_no_other_account(hosts: FleetUnderTest, tmp_path: Path) -> None:
    stolen = open_nightly_access(hosts.estate).identity_file
    config = tmp_path / "config"
    other = dataclasses.replace(open_access(hosts.estate), identity_file=stolen)
    config.write_text(ssh_config(other, None), encoding="utf-8")
    assert "Permission denied" in Thief(config).runs("edge1", "id").stderr


def test_sudo_lets_the_account_start_exactly_the_program(hosts: FleetUnderTest, trap: str) -> None:
    listed = hosts.sh("edge1", f"sudo -l -U {ACCOUNT}").stdout
    rules = [line.strip() for line in listed.splitlines() if "NOPASSWD" in line or "ALL" in line]
    assert rules == [f'(root : root) NOSETENV: NOPASSWD: {PROGRAM} ""']
    for script in (
        f"sudo -n {PROGRAM} x",
        f"sudo -n -E PYTHONPATH={trap} {PROGRAM}",
        f"sudo -n PYTHONPATH={trap} {PROGRAM}",
        f"sudo -n -u postgres {PROGRAM}",
        f"sudo -n -D /var {PROGRAM}",
        "sudo -n id",
        "sudo -n -s",
        f"sudo -n -e {PROGRAM}",
    ):
        done = as_account(hosts, script)
        assert (done.returncode != 0, done.stdout) == (True, ""), script


def test_the_program_takes_nothing_from_whoever_starts_it(hosts: FleetUnderTest, trap: str) -> None:
    given = (
        f"PATH={trap} HOME={trap} PYTHONPATH={trap} PYTHONHOME={trap} TMPDIR={trap} LD_PRELOAD={trap}/x ENV={trap}/sh"
    )
    done = as_account(hosts, f"echo import os | env {given} /usr/bin/sudo -n {PROGRAM}")
    assert done.stdout.startswith('{"version":1,'), done
    assert hosts.sh("edge1", f"cat {trap}/owned", check=False).returncode != 0


def test_the_account_owns_nothing_and_cannot_exchange_program_or_question(hosts: FleetUnderTest) -> None:
    assert hosts.sh("edge1", f"find / -xdev -user {ACCOUNT} -not -path '/proc/*'").stdout == ""
    hosts.sh("edge1", f"mkdir -p -m 0777 {TRAP}")
    for path in (PROGRAM, QUESTION):
        directory = str(Path(path).parent)
        for script in (f"echo x > {path}", f"cat {path}", f"mv {directory} {directory}.old", f"ls {directory}"):
            assert as_account(hosts, script).returncode != 0, script
    hosts.sh("edge1", f"rm -rf {TRAP}")


def test_no_secret_and_no_file_of_ones_choice_leaves_a_host(hosts: FleetUnderTest, thief: Thief) -> None:
    marker, managed = "a-word-of-nobodys-business", "/etc/sysctl.d/60-kogge.conf"
    hosts.sh(
        "db1",
        f"echo '{marker}' > /etc/cron.d/secret; mv {managed} /root/kept; echo '{marker}' > /root/secret\n"
        f"ln /root/secret {managed}; ln -s /etc/shadow /etc/cron.d/shadow",
    )
    try:
        text = thief.asks("db1").lines[0].decode()
    finally:
        hosts.sh("db1", f"rm -f {managed} /etc/cron.d/secret /etc/cron.d/shadow /root/secret; mv /root/kept {managed}")
    facts = json.loads(text)
    assert facts["database"]["roles"]["moelln--terminvergabe"]["secret"] is True
    assert facts["system"]["files"][managed]["sha256"]
    for secret in (marker, "SCRAM-SHA-256$", "PRIVATE KEY", "$y$", "#!/usr/bin/python3"):
        assert secret not in text


def test_however_often_it_is_started_one_reads_and_who_hangs_up_is_not_served(
    hosts: FleetUnderTest, thief: Thief
) -> None:
    hosts.sh("edge1", f"flock {QUESTION} sleep 8 >/dev/null 2>&1 & sleep 0.5")
    waiting = [subprocess.Popen(thief.words("edge1"), stdout=subprocess.PIPE) for _ in range(4)]
    try:
        time.sleep(4)
        limits = hosts.sh("edge1", f"cat /proc/$(pgrep -n -u {ACCOUNT})/limits").stdout
        assert [line.split()[2:4] for line in limits.splitlines() if line.startswith("Max processes")] == [["64", "64"]]
        assert all(process.poll() is None for process in waiting)
    finally:
        for process in waiting:
            process.kill()
            process.wait()
    deadline = time.monotonic() + 40
    while hosts.sh("edge1", f"pgrep -f {PROGRAM}", check=False).stdout and time.monotonic() < deadline:
        time.sleep(1)
    assert hosts.sh("edge1", f"pgrep -f '^/usr/bin/python3 -IBS {PROGRAM}'", check=False).stdout == ""
    answered(thief.asks("edge1"))


def test_a_host_that_is_not_brought_over_yet_is_unknown_with_the_command(hosts: FleetUnderTest) -> None:
    key = f"/etc/ssh/authorized_keys/{ACCOUNT}"
    hosts.sh("edge1", f"mv {key} /root/kept")
    try:
        seen = hosts.drift(hosts=["edge1"])
    finally:
        hosts.sh("edge1", f"mv /root/kept {key}")
    assert (seen.findings, [unknown.where for unknown in seen.unknown]) == ((), ["host edge1"])
    assert "run 'kogge up --all'" in seen.unknown[0].reason


def test_a_question_that_others_may_write_is_not_answered(hosts: FleetUnderTest) -> None:
    hosts.sh("edge1", f"chmod 0602 {QUESTION}")
    try:
        seen = hosts.drift(hosts=["edge1"])
    finally:
        hosts.sh("edge1", f"chmod 0600 {QUESTION}")
    assert "can be written by others than root" in seen.unknown[0].reason
