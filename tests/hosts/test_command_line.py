"""What the command line says of hosts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from kogge.derived import Derived, Purpose
from tests.support.fleet_under_test import CHECKOUT, FleetUnderTest

pytestmark = pytest.mark.hosts


def kogge(booted: FleetUnderTest, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kogge", "--root", str(booted.root), *words]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


def test_render_prints_the_documents_of_a_host_with_secrets_by_name(booted: FleetUnderTest) -> None:
    done = kogge(booted, "render", "--host", "db1")
    baseline, database = yaml.safe_load_all(done.stdout)
    assert baseline["system"]["sshd"]["passwordauthentication"] == "no"
    secret = database["verifiers"]["moelln--terminvergabe"]["password"]
    assert secret == "<derived moelln database-password terminvergabe v1>"
    assert booted.keyring.derive(Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe")) not in done.stdout


def test_render_of_an_unknown_host_names_those_there_are(booted: FleetUnderTest) -> None:
    done = kogge(booted, "render", "--host", "db9")
    assert done.returncode == 2
    assert "no such host: db9" in done.stderr
    assert "db1" in done.stderr


def test_render_of_nothing_is_told_what_to_say(booted: FleetUnderTest) -> None:
    done = kogge(booted, "render")
    assert done.returncode == 2
    assert "--host" in done.stderr


def test_sandbox_status_shows_the_hosts(booted: FleetUnderTest) -> None:
    done = kogge(booted, "sandbox", "status")
    assert "db1" in done.stdout
    assert "10.250.0.11" in done.stdout
