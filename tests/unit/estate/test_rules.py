"""Rules that two files break together, and what a mistake takes out of the estate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kogge.errors import ExitCode
from kogge.estate import Grant, InvalidEstate, load_estate, require_estate
from kogge.estate.rules.readings import READINGS
from kogge.estate.rules.registry import RULES
from tests.support.estate_files import AS_OF, replace_in


def found(root: Path) -> list[tuple[str, str, int]]:
    return [(p.file, p.rule, p.line) for p in load_estate(root, as_of=AS_OF).problems]


def test_a_withdrawn_version_is_refused_wherever_it_runs(root: Path) -> None:
    replace_in(root / "catalogue" / "terminvergabe.yaml", '"2.4": {state: current', '"2.4": {state: withdrawn')
    files = [file for file, rule, _ in found(root) if rule == "version-not-withdrawn"]
    assert files == ["tenants/luebeck.yaml", "tenants/moelln.yaml", "tenants/rostock.yaml"]


def test_nobody_runs_ahead_of_the_lighthouse(root: Path) -> None:
    replace_in(root / "tenants" / "luebeck.yaml", '"2.4"', '"2.3"')
    assert found(root) == [
        ("tenants/moelln.yaml", "lighthouse-first", 24),
        ("tenants/rostock.yaml", "lighthouse-first", 24),
    ]


def test_versions_are_compared_as_numbers(root: Path) -> None:
    catalogue = root / "catalogue" / "terminvergabe.yaml"
    replace_in(catalogue, '"2.3": {state', '"2.10": {state')
    replace_in(root / "tenants" / "luebeck.yaml", '"2.4"', '"2.10"')
    assert found(root) == []


def test_a_full_cluster_names_the_latest_tenant_and_what_is_left(root: Path) -> None:
    replace_in(root / "platform.yaml", 'cpu: "48"', "cpu: 8000m")
    (problem,) = [p for p in load_estate(root, as_of=AS_OF).problems if p.rule == "cluster-holds"]
    assert problem.file == "tenants/segeberg.yaml"
    assert "CPU: 2050m needed, 1950m left" in problem.message


def test_a_full_database_host_names_the_latest_tenant(root: Path) -> None:
    replace_in(
        root / "platform.yaml",
        "db2: {site: hl-a, address: 10.250.0.12, roles: [baseline, database], databases: {connections: 400",
        "db2: {site: hl-a, address: 10.250.0.12, roles: [baseline, database], databases: {connections: 100",
    )
    assert [(file, rule) for file, rule, _ in found(root)] == [("tenants/segeberg.yaml", "database-host-holds")]


def test_a_storage_class_that_the_cluster_lacks_is_said(root: Path) -> None:
    replace_in(root / "catalogue" / "ratsinformation.yaml", "storage_class: standard", "storage_class: fast")
    rules = {(file, rule) for file, rule, _ in found(root)}
    assert rules == {
        ("tenants/luebeck.yaml", "storage-class-exists"),
        ("tenants/segeberg.yaml", "storage-class-exists"),
    }


def test_a_space_name_that_postgresql_would_cut_is_refused(root: Path) -> None:
    long = "r" * 30
    for path, old in (
        (root / "catalogue" / "ratsinformation.yaml", "ratsinformation"),
        (root / "tenants" / "luebeck.yaml", "use: ratsinformation"),
        (root / "tenants" / "segeberg.yaml", "use: ratsinformation"),
    ):
        replace_in(path, old, old.replace("ratsinformation", long))
    (root / "catalogue" / "ratsinformation.yaml").rename(root / "catalogue" / f"{long}.yaml")
    assert found(root) == []
    tenant = "t" * 29
    replace_in(root / "tenants" / "luebeck.yaml", "name: luebeck", f"name: {tenant}")
    (root / "tenants" / "luebeck.yaml").rename(root / "tenants" / f"{tenant}.yaml")
    assert [(rule, line) for _, rule, line in found(root)] == [("space-name-fits", 30)]


def test_an_error_blocks_its_tenant_and_grants_only(root: Path) -> None:
    replace_in(root / "tenants" / "it-allianz-nord.yaml", "size: m", "size: xxl")
    estate = require_estate(root, as_of=AS_OF)
    assert set(estate.blocked) == {"it-allianz-nord"}
    assert "no plan 'xxl'" in estate.blocked["it-allianz-nord"]
    assert estate.grants == ()
    assert set(estate.tenants) == {"luebeck", "moelln", "segeberg", "herzogtum-lauenburg", "rostock"}


def test_whoever_uses_a_blocked_tenant_is_warned(root: Path) -> None:
    replace_in(root / "tenants" / "it-allianz-nord.yaml", "size: m", "size: xxl")
    warnings = [p for p in load_estate(root, as_of=AS_OF).problems if p.rule == "grant-rests"]
    assert [p.file for p in warnings] == ["tenants/herzogtum-lauenburg.yaml", "tenants/segeberg.yaml"]
    assert not any(p.is_error for p in warnings)


def test_an_offer_that_nobody_uses_is_refused_and_blocks_nobody(root: Path) -> None:
    replace_in(root / "tenants" / "it-allianz-nord.yaml", "herzogtum-lauenburg]", "herzogtum-lauenburg, luebeck]")
    loaded = load_estate(root, as_of=AS_OF)
    assert not loaded.ok
    assert loaded.estate is not None
    assert loaded.estate.blocked == {}
    assert len(loaded.estate.grants) == 2


def test_grants_are_what_both_sides_state(root: Path) -> None:
    provider, service = "it-allianz-nord", "digitaler-zwilling"
    assert require_estate(root, as_of=AS_OF).grants == (
        Grant(provider, service, "herzogtum-lauenburg", "zwilling.herzogtum-lauenburg.kommune.example", (), ()),
        Grant(provider, service, "segeberg", "zwilling.segeberg.kommune.example", ("onlineformulare",), ("api",)),
    )


def test_an_offer_to_members_covers_members_and_no_pilot(root: Path) -> None:
    replace_in(root / "tenants" / "it-allianz-nord.yaml", "to: [segeberg, herzogtum-lauenburg]", "to: members")
    use = "services:\n  - use: digitaler-zwilling\n    from: it-allianz-nord\n"
    for name in ("moelln", "rostock"):
        replace_in(root / "tenants" / f"{name}.yaml", "services:\n", use)
    loaded = load_estate(root, as_of=AS_OF)
    assert [(p.file, p.rule) for p in loaded.problems] == [("tenants/rostock.yaml", "use-is-offered")]
    assert loaded.estate is not None
    assert "moelln" in {grant.consumer for grant in loaded.estate.grants}


def test_an_error_of_the_platform_leaves_no_estate(root: Path) -> None:
    replace_in(root / "platform.yaml", "site: hl-b", "site: hl-z")
    with pytest.raises(InvalidEstate) as caught:
        require_estate(root, as_of=AS_OF)
    assert caught.value.exit_code is ExitCode.INVALID
    assert "platform.yaml:53:19: there is no site 'hl-z'" in caught.value.message


def test_operations_change_hands_on_a_date(root: Path) -> None:
    replace_in(root / "tenants" / "segeberg.yaml", "since: 2025-07-01}", "since: 2027-01-01}")
    replace_in(root / "tenants" / "segeberg.yaml", "oidc:it-allianz-nord-betrieb", "oidc:segeberg-betrieb")
    segeberg = require_estate(root, as_of=AS_OF).tenants["segeberg"]
    assert segeberg.operator_on(date(2026, 12, 31)) == "segeberg"
    assert segeberg.operator_on(date(2027, 1, 1)) == "it-allianz-nord"


def test_of_two_that_collide_the_later_one_is_at_fault(root: Path) -> None:
    replace_in(root / "tenants" / "luebeck.yaml", "10.53.0.0/22", "10.53.90.0/24")
    assert [(file, rule) for file, rule, _ in found(root)] == [("tenants/moelln.yaml", "vpn-networks-apart")]


def test_ids_of_rules_are_unique_and_said_in_full() -> None:
    ids = [rule.id for rule in RULES] + [reading.id for reading in READINGS]
    assert len(ids) == len(set(ids))
    assert all(entry.text.endswith(".") and entry.why.endswith(".") for entry in (*RULES, *READINGS))


def test_callers_need_ports_in_the_offer(root: Path) -> None:
    replace_in(root / "tenants" / "it-allianz-nord.yaml", ", ports: [api]", "")
    assert [(file, rule) for file, rule, _ in found(root)] == [("tenants/segeberg.yaml", "callers-run")]
