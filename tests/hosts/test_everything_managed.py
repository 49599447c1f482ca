"""All that the roles of a database host manage, each file in each way, each unit and kernel setting: nothing of it
changes in silence. The lists come from the state, so what a role owns tomorrow is changed here, too.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

import pytest

from kogge.desired.hosts import HostState, host_states
from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.nightly import DATABASE_QUESTION, PROGRAM, QUESTION
from kogge.hostrun import authorized_keys
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

SUDO_RULE = "/etc/sudoers.d/kogge"
"""sudo refuses a rule that belongs to somebody else, and with it the only way in: its owner stays."""
KEYS = "/etc/ssh/authorized_keys/kogge"
"""sshd takes keys from files of root and of the account alone."""
READERS: Final = (PROGRAM, QUESTION, DATABASE_QUESTION, "/etc/sudoers.d/kogge-nightly", f"{KEYS}-nightly")
"""Without these as they are, nothing is read at all: the host is unknown, and that has a test of its own."""
Place = tuple[str, str, str]


def wanted(hosts: FleetUnderTest) -> HostState:
    every = host_states(hosts.estate, authorized_keys(hosts.estate))
    return next(state for state in every if state.name == "db1")


def managed_files(hosts: FleetUnderTest) -> Iterator[tuple[str, ManagedFile]]:
    """Yield role and file for every file that the roles of db1 own, without those that the check itself needs."""
    files = [(str(role.role), file) for role in wanted(hosts).roles for file in role.managed]
    assert {file.path for _, file in files} >= set(READERS)
    yield from ((role, file) for role, file in files if file.path not in READERS)


def mended(hosts: FleetUnderTest) -> None:
    done = hosts.converge(hosts=["db1"])
    assert done.ok, [result.message for result in done.results]
    assert hosts.seen("db1") == {}


def test_every_managed_file_is_seen_with_another_content_mode_owner_and_group(hosts: FleetUnderTest) -> None:
    expected: dict[Place, str] = {}
    script = []
    for role, file in managed_files(hosts):
        path = shlex.quote(file.path)
        script.append(f"echo '# changed' >> {path}; chmod 0755 {path}; chgrp games {path}")
        if file.path != SUDO_RULE:
            script.append(f"chown {'kogge' if file.path == KEYS else 'games'} {path}")
        ways = ("content", "mode", "group") if file.path == SUDO_RULE else ("content", "mode", "owner", "group")
        expected |= {(role, file.path, f"/{way}"): "changed" for way in ways}
    assert len(expected) > 60
    hosts.sh("db1", "\n".join(script))
    try:
        assert hosts.seen("db1") == expected
    finally:
        mended(hosts)


def test_every_managed_file_is_missed_when_it_is_gone(hosts: FleetUnderTest) -> None:
    kept = (SUDO_RULE, KEYS)
    gone = [(role, file.path) for role, file in managed_files(hosts) if file.path not in kept]
    # The server reads its rules at each look.
    gone = [(role, path) for role, path in gone if not path.endswith("/pg_hba.conf")]
    hosts.sh("db1", "rm " + " ".join(shlex.quote(path) for _, path in gone))
    try:
        seen = hosts.seen("db1")
        assert {(role, path, ""): "missing" for role, path in gone}.items() <= seen.items()
    finally:
        mended(hosts)


@pytest.mark.parametrize("path", READERS)
def test_what_the_check_itself_needs_is_never_changed_in_silence(hosts: FleetUnderTest, path: str) -> None:
    hosts.sh("db1", f"chown games {path}; chmod 0644 {path}")
    try:
        told = hosts.drift(hosts=["db1"])
        assert told.findings or told.unknown
    finally:
        mended(hosts)


def test_every_unit_and_kernel_setting_is_seen_with_another_state(hosts: FleetUnderTest) -> None:
    state = wanted(hosts)
    enabled, masked = state.units.enabled, state.units.masked
    # What is not of the network is the kernel's of the machine below, which a container cannot set.
    settings = {name: value for name, value in state.system.kernel.settings.items() if name.startswith("net.")}
    script = [f"systemctl disable --quiet {' '.join(enabled)} 2>/dev/null; systemctl unmask --quiet {' '.join(masked)}"]
    script += [f"sysctl -qw {name}={1 - int(value)}" for name, value in settings.items()]
    hosts.sh("db1", "\n".join(script))
    expected = {("baseline", f"unit {name}", "/enabled"): "changed" for name in (*enabled, *masked)}
    expected |= {("baseline", f"kernel setting {name}", ""): "changed" for name in settings}
    try:
        # A unit that is no longer enabled is forgotten by systemd, and with it why it cannot run in a container.
        seen = {place: kind for place, kind in hosts.seen("db1").items() if place[2] != "/active"}
        assert seen == expected
    finally:
        mended(hosts)
