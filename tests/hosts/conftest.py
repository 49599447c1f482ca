"""Sandbox hosts that are converged once per test session; root on Linux, skipped with the reason elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.hosts import fleet
from sandbox.hosts.network import remove_namespace
from sandbox.hosts.requirements import unfit
from tests.support.fleet_under_test import FleetUnderTest, start


@pytest.fixture(scope="session")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetUnderTest]:
    """Fresh hosts as their installation leaves them. ``KOGGE_TEST_HOSTS`` names a data root whose hosts are kept."""
    reason = unfit(sys.platform, os.geteuid())
    if reason is not None:
        pytest.skip(reason)
    kept = os.environ.get("KOGGE_TEST_HOSTS")
    root = Path(kept) if kept else tmp_path_factory.mktemp("hosts")
    found = start(root)
    yield found
    if kept is None:
        remove_namespace(found.pod)
        fleet.down(root / ".kogge" / "sandbox" / "hosts")


@pytest.fixture(scope="session")
def hosts(booted: FleetUnderTest) -> FleetUnderTest:
    """Hosts on which everything was applied once; before, a check run on what is not there yet came to its end."""
    planned = booted.converge(check=True)
    assert planned.ok, [result for result in planned.results if result.message]
    summary = booted.converge()
    assert summary.ok, [result for result in summary.results if result.message]
    return booted
