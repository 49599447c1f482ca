"""What a space may take: the catalogue's requests for as many pods as may ever run, and no more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kogge.desired import spaces
from kogge.desired.kubernetes.quota import limits, quota
from kogge.estate import Estate
from kogge.estate.demand import tenant_demand
from kogge.quantity import amount_of
from tests.support.estate_files import EstateFiles, space_of

CATALOGUE = "catalogue/terminvergabe.yaml"
DEVIATION = {"why": "a rush on passports", "expires": date(2027, 3, 31)}


def hard(estate: Estate, tenant: str = "moelln", service: str = "terminvergabe") -> dict[str, str]:
    """Return what the ResourceQuota of a space allows."""
    found: dict[str, str] = quota(space_of(estate, tenant, service)).manifest["spec"]["hard"]
    return found


def limit(estate: Estate) -> dict[str, Any]:
    """Return the one item of the LimitRange of moelln--terminvergabe."""
    [item] = limits(space_of(estate, "moelln", "terminvergabe")).manifest["spec"]["limits"]
    found: dict[str, Any] = item
    return found


def test_the_quota_has_room_for_the_most_replicas_and_one_pod_of_a_rollout(files: EstateFiles) -> None:
    assert hard(files.load()) == {
        "requests.cpu": "500m",
        "requests.memory": "640Mi",
        "limits.cpu": "2500m",
        "limits.memory": "1280Mi",
        "pods": "5",
        "persistentvolumeclaims": "0",
        "requests.storage": "0",
        "services": "1",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }


def test_claims_and_their_bytes_are_those_of_the_catalogue(files: EstateFiles) -> None:
    with files.edit("catalogue/ratsinformation.yaml") as application:
        application["volumes"].append(
            {"name": "index", "size": "512Mi", "storage_class": "standard", "mount": "/var/lib/index"}
        )
    found = hard(files.load(), "luebeck", "ratsinformation")
    assert (found["persistentvolumeclaims"], found["requests.storage"]) == ("2", "5632Mi")


def test_the_surge_of_a_rollout_has_room(files: EstateFiles) -> None:
    with files.edit(CATALOGUE) as application:
        application["replicas"]["surge"] = 3
    found = hard(files.load())
    assert (found["pods"], found["requests.cpu"]) == ("7", "700m")


def test_without_a_surge_only_the_replicas_have_room(files: EstateFiles) -> None:
    with files.edit(CATALOGUE) as application:
        application["replicas"]["surge"] = 0
    assert hard(files.load())["pods"] == "4"


def test_a_deviation_above_the_catalogues_most_makes_room(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["deviation"] = {"replicas": 7, **DEVIATION}
    assert hard(files.load())["pods"] == "8"


def test_a_deviation_below_the_catalogues_most_leaves_room_to_scale(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["deviation"] = {"replicas": 3, **DEVIATION}
    assert hard(files.load())["pods"] == "5"


def test_a_deviation_of_limits_is_counted_and_leaves_requests_alone(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["deviation"] = {"cpu_limit": "2", "memory_limit": "1Gi", **DEVIATION}
    estate = files.load()
    found = hard(estate)
    assert (found["limits.cpu"], found["limits.memory"]) == ("10", "5Gi")
    assert (found["requests.cpu"], found["requests.memory"]) == ("500m", "640Mi")
    assert limit(estate)["max"] == {"cpu": "2", "memory": "1Gi"}


def test_a_deviation_of_one_limit_keeps_the_other_of_the_catalogue(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["deviation"] = {"memory_limit": "1Gi", **DEVIATION}
    assert limit(files.load())["max"] == {"cpu": "500m", "memory": "1Gi"}


def test_a_container_that_names_nothing_gets_the_catalogues_values_and_none_gets_more(files: EstateFiles) -> None:
    assert limit(files.load()) == {
        "type": "Container",
        "default": {"cpu": "500m", "memory": "256Mi"},
        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
        "max": {"cpu": "500m", "memory": "256Mi"},
    }


def test_a_retiring_service_keeps_its_room_so_that_it_can_come_back(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["state"] = "retiring"
    assert hard(files.load())["pods"] == "5"


def test_the_quotas_of_a_tenant_add_up_to_what_is_checked_against_its_plan(files: EstateFiles) -> None:
    with files.edit("tenants/luebeck.yaml") as luebeck:
        luebeck["services"][1]["deviation"] = {"replicas": 9, **DEVIATION}
    estate = files.load()
    assert estate.blocked == {}
    for tenant in estate.tenants.values():
        quotas = [quota(space).manifest["spec"]["hard"] for space in spaces(estate, tenant)]
        demand = tenant_demand(tenant, estate.catalogue)

        def total(name: str, quotas: list[dict[str, str]] = quotas) -> Decimal:
            return sum((amount_of(item[name]) for item in quotas), Decimal(0))

        assert total("requests.cpu") == demand.cpu
        assert total("requests.memory") == demand.memory
        assert total("pods") == demand.pods
        assert total("requests.storage") == demand.all_storage


def test_a_pilot_stays_within_its_share_of_the_plan(files: EstateFiles) -> None:
    with files.edit("tenants/rostock.yaml") as rostock:
        rostock["pilot"]["share"] = 12
    estate = files.load()
    assert "pods" in estate.blocked["rostock"]
    with files.edit("tenants/rostock.yaml") as rostock:
        rostock["pilot"]["share"] = 13
    assert files.load().blocked == {}
