"""Which stacks a run takes: those that were named, and those that hold an end of one of their grants."""

from __future__ import annotations

import pytest

from kogge.deploy.selection import select_hosts, select_stacks, touched_by
from kogge.errors import UsageError
from tests.support.estate_files import EstateFiles


def test_a_tenant_without_grants_touches_nobody(files: EstateFiles) -> None:
    assert touched_by(files.load(), "moelln") == ()


def test_a_consumer_touches_its_provider_even_if_it_uses_by_browser_alone(files: EstateFiles) -> None:
    estate = files.load()
    assert touched_by(estate, "segeberg") == ("it-allianz-nord",)
    assert touched_by(estate, "herzogtum-lauenburg") == ("it-allianz-nord",)


def test_a_provider_touches_the_consumers_whose_pods_may_call(files: EstateFiles) -> None:
    assert touched_by(files.load(), "it-allianz-nord") == ("segeberg",)


def test_the_platform_goes_first_then_what_was_named_then_what_is_touched(files: EstateFiles) -> None:
    found = select_stacks(files.load(), ["segeberg", "moelln"], everything=False)
    assert list(found.items()) == [
        ("platform", "first"),
        ("segeberg", "named"),
        ("moelln", "named"),
        ("it-allianz-nord", "holds an end of a grant of segeberg"),
    ]


def test_what_was_named_is_not_also_touched(files: EstateFiles) -> None:
    found = select_stacks(files.load(), ["segeberg", "it-allianz-nord"], everything=False)
    assert dict(found) == {"platform": "first", "segeberg": "named", "it-allianz-nord": "named"}


def test_the_platform_alone_can_be_named(files: EstateFiles) -> None:
    assert dict(select_stacks(files.load(), ["platform"], everything=False)) == {"platform": "first"}


def test_all_takes_every_tenant_by_name_and_those_with_an_error_too(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["size"] = "xxl"
    estate = files.load()
    assert "moelln" in estate.blocked
    found = select_stacks(estate, [], everything=True)
    assert list(found) == ["platform", *sorted([*estate.tenants, "moelln"])]
    assert set(list(found.values())[1:]) == {"all"}


def test_names_that_are_nobodys_are_refused_all_at_once(files: EstateFiles) -> None:
    with pytest.raises(UsageError, match="no such tenant: mölln, ratzeburg"):
        select_stacks(files.load(), ["mölln", "segeberg", "ratzeburg"], everything=False)


@pytest.mark.parametrize(("names", "everything"), [([], False), (["moelln"], True)])
def test_either_names_or_all(files: EstateFiles, names: list[str], everything: bool) -> None:
    with pytest.raises(UsageError, match="name tenants, or give --all"):
        select_stacks(files.load(), names, everything=everything)


def test_the_hosts_of_a_run_are_the_database_hosts_of_its_tenants_or_all(files: EstateFiles) -> None:
    estate = files.load()
    assert select_hosts(estate, ["platform", "moelln"], everything=False) == ("db1",)
    assert select_hosts(estate, ["segeberg", "moelln"], everything=False) == ("db1", "db2")
    assert select_hosts(estate, ["platform"], everything=False) == ()
    assert select_hosts(estate, [], everything=True) == tuple(sorted(estate.platform.hosts))
