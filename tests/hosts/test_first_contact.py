"""A fresh host is let in by the fingerprint that its console shows, and by nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kogge.errors import UsageError
from kogge.hostrun import SshAccess, open_access
from kogge.hostrun.pinning import HostKeyRefused, fingerprint, pin
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts


@pytest.fixture
def unpinned(booted: FleetUnderTest, tmp_path: Path) -> SshAccess:
    return dataclasses.replace(open_access(booted.estate), known_hosts_file=tmp_path / "known_hosts")


def console(booted: FleetUnderTest, host: str) -> str:
    """Return the fingerprint as the host's own disk has it."""
    return fingerprint((booted.machine_root(host) / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8"))


def test_a_host_with_the_expected_fingerprint_is_pinned_once(booted: FleetUnderTest, unpinned: SshAccess) -> None:
    assert pin(unpinned, "edge1", console(booted, "edge1"))
    assert not pin(unpinned, "edge1", console(booted, "edge1"))
    known = open_access(booted.estate).known_hosts_file.read_text(encoding="utf-8").splitlines()
    assert unpinned.known_hosts_file.read_text(encoding="utf-8").splitlines() == [
        line for line in known if line.startswith("edge1,")
    ]


def test_a_host_with_another_key_is_refused_and_nothing_is_written(booted: FleetUnderTest, unpinned: SshAccess) -> None:
    with pytest.raises(HostKeyRefused, match="nothing was pinned"):
        pin(unpinned, "edge1", console(booted, "db1"))
    assert not unpinned.known_hosts_file.exists()


def test_a_new_key_of_a_host_replaces_its_old_one_and_leaves_the_others(
    booted: FleetUnderTest, unpinned: SshAccess
) -> None:
    unpinned.known_hosts_file.write_text("edge1 ssh-ed25519 AAAA\ndb1 ssh-ed25519 BBBB\n", encoding="utf-8")
    assert pin(unpinned, "edge1", console(booted, "edge1"))
    lines = unpinned.known_hosts_file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "db1 ssh-ed25519 BBBB"
    assert len(lines) == 2


@pytest.mark.parametrize(("host", "given"), [("db9", "SHA256:" + "A" * 43), ("edge1", "MD5:00")])
def test_a_wrong_call_is_told_the_next_step(unpinned: SshAccess, host: str, given: str) -> None:
    with pytest.raises(UsageError) as raised:
        pin(unpinned, host, given)
    assert raised.value.hint
