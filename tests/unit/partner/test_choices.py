"""What the estate offers a new tenant: the freest place, the smallest plan, the version of the lighthouse."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from kogge.errors import KoggeError
from kogge.estate import require_estate
from kogge.estate.models.tenant import Stage
from kogge.partner.choices import choose_placement, choose_size, choose_version, next_vpn_address
from tests.support.estate_files import replace_in


def test_the_next_vpn_address_is_the_lowest_free_one(root: Path) -> None:
    assert next_vpn_address(require_estate(root)) == IPv4Address("10.200.0.11")


def test_a_full_vpn_network_is_said(root: Path) -> None:
    replace_in(root / "platform.yaml", "vpn_network: 10.200.0.0/16", "vpn_network: 10.200.0.0/28")
    estate = require_estate(root)
    taken = {t.placement.vpn_address for t in estate.tenants.values()}
    assert next_vpn_address(estate) not in taken
    replace_in(root / "platform.yaml", "vpn_network: 10.200.0.0/28", "vpn_network: 10.200.0.0/29")
    with pytest.raises(KoggeError, match="no address"):
        next_vpn_address(require_estate(root))


def test_the_freest_database_host_is_chosen(root: Path) -> None:
    assert choose_placement(require_estate(root)).database_host == "db2"
    replace_in(
        root / "platform.yaml",
        "databases: {connections: 400, storage: 500Gi}}\n  db2",
        "databases: {connections: 4000, storage: 5Ti}}\n  db2",
    )
    assert choose_placement(require_estate(root)).database_host == "db1"


def test_a_new_tenant_gets_the_version_of_the_lighthouse(root: Path) -> None:
    replace_in(root / "tenants" / "luebeck.yaml", '"2.4"', '"2.3"')
    for name in ("moelln", "rostock"):
        replace_in(root / "tenants" / f"{name}.yaml", '"2.4"', '"2.3"')
    estate = require_estate(root)
    assert choose_version(estate, "terminvergabe") == "2.3"
    assert choose_version(estate, "digitaler-zwilling") == "1.2"


def test_the_smallest_plan_that_fits_is_chosen(root: Path) -> None:
    estate = require_estate(root)
    assert choose_size(estate, (), Stage.PILOT) == "s"
    assert choose_size(estate, ("digitaler-zwilling",), Stage.MEMBER) == "s"
    assert choose_size(estate, ("digitaler-zwilling",), Stage.PILOT) == "m"
