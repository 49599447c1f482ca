"""Inventory and ssh settings from the model."""

from __future__ import annotations

import dataclasses
import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from kogge.estate.models.platform import HostRole
from kogge.hostrun.access import SshAccess, Target
from kogge.hostrun.inventory import inventory, ssh_config


@pytest.fixture
def access(tmp_path: Path) -> SshAccess:
    targets = {
        "db1": Target("db1", IPv4Address("10.250.0.11"), 22, (HostRole.BASELINE, HostRole.DATABASE)),
        "edge1": Target("edge1", IPv4Address("10.250.0.21"), 2200, (HostRole.BASELINE,)),
    }
    return SshAccess("kogge", tmp_path / "id", tmp_path / "known hosts", tmp_path / "connect", targets)


def read_by_ssh(access: SshAccess, host: str, tmp_path: Path) -> dict[str, str]:
    """Return what ssh itself makes of the settings."""
    file = tmp_path / "config"
    file.write_text(ssh_config(access, tmp_path / "cp"), encoding="utf-8")
    done = subprocess.run(["ssh", "-G", "-F", str(file), host], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


def test_a_host_is_in_the_group_of_each_of_its_roles(access: SshAccess) -> None:
    groups = inventory(access, Path("/documents"))["all"]["children"]
    assert {role: sorted(group["hosts"]) for role, group in groups.items()} == {
        "baseline": ["db1", "edge1"],
        "database": ["db1"],
    }


def test_ssh_accepts_pinned_keys_only_and_offers_one_key_only(access: SshAccess, tmp_path: Path) -> None:
    settings = read_by_ssh(access, "edge1", tmp_path)
    assert settings["stricthostkeychecking"] == "true"
    assert settings["hostkeyalias"] == "edge1"
    assert settings["userknownhostsfile"] == str(access.known_hosts_file)
    assert settings["identitiesonly"] == "yes"
    assert settings["preferredauthentications"] == "publickey"
    assert (settings["hostname"], settings["port"], settings["user"]) == ("10.250.0.21", "2200", "kogge")


def test_connections_are_shared_and_go_through_the_named_program(access: SshAccess, tmp_path: Path) -> None:
    settings = read_by_ssh(access, "db1", tmp_path)
    assert settings["controlmaster"] == "auto"
    assert settings["proxycommand"] == f"{access.connect} %h %p"
    assert settings["proxyusefdpass"] == "yes"


def test_without_such_a_program_ssh_connects_by_itself(access: SshAccess, tmp_path: Path) -> None:
    assert "proxycommand" not in read_by_ssh(dataclasses.replace(access, connect=None), "db1", tmp_path)
