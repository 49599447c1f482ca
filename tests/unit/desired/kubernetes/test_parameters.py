"""What the platform states of each space: by these values admission judges it."""

from __future__ import annotations

import sys

import pytest

from kogge.desired import Order, platform_objects
from kogge.desired.kubernetes.parameters import ParametersTooLargeError, with_kept
from kogge.estate import Estate
from tests.support.estate_files import EstateFiles, named

SPACE = "moelln--terminvergabe"


def stated(estate: Estate, space: str) -> dict[str, str]:
    """Return the values of a space by the name of their object."""
    maps = named(platform_objects(estate), "ConfigMap")
    return {name: item["data"][space] for name, item in maps.items()}


def test_hostnames_registries_and_bounds_of_every_space_are_stated(files: EstateFiles) -> None:
    assert stated(files.load(), SPACE) == {
        "kogge-hostnames": "termine.moelln.kommune.example",
        "kogge-registries": "registry.kommune.example",
        "kogge-replicas": "1-4",
    }


def test_the_hostnames_of_a_space_are_its_own_and_those_of_its_consumers(files: EstateFiles) -> None:
    assert stated(files.load(), "it-allianz-nord--digitaler-zwilling")["kogge-hostnames"].split(",") == [
        "zwilling.herzogtum-lauenburg.kommune.example",
        "zwilling.it-allianz-nord.kommune.example",
        "zwilling.segeberg.kommune.example",
    ]


def test_a_retiring_service_has_no_room_for_a_pod(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["state"] = "retiring"
    assert stated(files.load(), SPACE)["kogge-replicas"] == "0-0"


def test_they_stand_in_a_namespace_of_the_platform_before_the_bindings_that_read_them(files: EstateFiles) -> None:
    items = platform_objects(files.load())
    [namespace] = [item for item in items if item.ref.name == "kogge-platform" and item.ref.kind == "Namespace"]
    maps = [item for item in items if item.ref.kind == "ConfigMap"]
    bindings = [item for item in items if item.ref.kind == "ValidatingAdmissionPolicyBinding"]
    assert {item.ref.namespace for item in maps} == {"kogge-platform"}
    assert namespace.order is Order.NAMESPACE
    assert max(item.order for item in maps) < min(item.order for item in bindings)
    assert namespace.manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_tenant_with_an_error_in_its_file_is_left_out_here(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["size"] = "no such plan"
    estate = files.load()
    assert "moelln" in estate.blocked
    assert all(SPACE not in item["data"] for item in named(platform_objects(estate), "ConfigMap").values())


def test_values_that_a_space_once_had_of_its_own_count_where_the_files_say_nothing(files: EstateFiles) -> None:
    former = {
        "fremd--dienst": {
            "hostnames": "a.example,b.example",
            "registries": "registry.example",
            "replicas.minimum": "1",
            "replicas.maximum": "3",
        },
        "neu--dienst": {},
        SPACE: {"hostnames": "stale.example"},
    }
    items = [with_kept(item, former) for item in platform_objects(files.load())]
    found = {name: item["data"] for name, item in named(items, "ConfigMap").items()}
    assert {name: data.get("fremd--dienst") for name, data in found.items()} == {
        "kogge-hostnames": "a.example,b.example",
        "kogge-registries": "registry.example",
        "kogge-replicas": "1-3",
    }
    assert all("neu--dienst" not in data for data in found.values())
    assert found["kogge-hostnames"][SPACE] == "termine.moelln.kommune.example"


def test_more_than_one_object_holds_is_an_error_and_not_a_refusal_of_the_server(
    files: EstateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[with_kept.__module__], "LARGEST", 100)
    with pytest.raises(ParametersTooLargeError, match=r"hl1: the hostnames of 1?[0-9] spaces take"):
        platform_objects(files.load())
