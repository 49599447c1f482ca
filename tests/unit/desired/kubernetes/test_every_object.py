"""What holds of every object of every stack of the estate that this checkout carries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kogge.derived import Derived, Encoded
from kogge.desired import DesiredObject, Order, platform_objects, space_objects, spaces, tenant_objects
from kogge.estate import Estate, require_estate
from kogge.estate.estate import space_name
from kogge.estate.models.values import Name
from modules.registration import type_token
from tests.support.checkout import CHECKOUT
from tests.support.estate_files import AS_OF
from tests.support.seed_estate import seed_estate

TENANTS = sorted(path.stem for path in (CHECKOUT / "tenants").glob("*.yaml"))
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")


@pytest.fixture(scope="module")
def estate() -> Estate:
    found = seed_estate()
    assert found.blocked == {}
    return found


@pytest.fixture(scope="module")
def stacks(estate: Estate) -> dict[str, tuple[DesiredObject, ...]]:
    """Every stack and what it makes."""
    tenants = {name: tenant_objects(estate, tenant) for name, tenant in estate.tenants.items()}
    return {"platform": platform_objects(estate), **tenants}


def walk(value: object) -> Iterator[object]:
    """Yield a value and everything inside it."""
    yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in inner:
        yield from walk(item)


def test_the_estate_has_the_partners_of_the_checkout(estate: Estate) -> None:
    assert sorted(estate.tenants) == TENANTS
    assert sum(len(spaces(estate, tenant)) for tenant in estate.tenants.values()) >= 8


def test_namespaces_are_selected_by_the_one_label_that_nobody_can_forge(
    stacks: dict[str, tuple[DesiredObject, ...]],
) -> None:
    selectors: list[Any] = [
        value["namespaceSelector"]
        for items in stacks.values()
        for item in items
        if item.ref.kind == "NetworkPolicy"
        for value in walk(item.manifest)
        if isinstance(value, Mapping) and "namespaceSelector" in value
    ]
    assert len(selectors) >= 18
    for selector in selectors:
        assert set(selector) == {"matchLabels"}
        assert set(selector["matchLabels"]) == {"kubernetes.io/metadata.name"}


def test_no_rule_of_a_policy_allows_everything(stacks: dict[str, tuple[DesiredObject, ...]]) -> None:
    for items in stacks.values():
        for item in items:
            spec = item.manifest.get("spec", {})
            if item.ref.kind != "NetworkPolicy":
                continue
            for rule in spec.get("ingress", []):
                assert rule.get("from"), item.ref
            for rule in spec.get("egress", []):
                assert rule.get("to"), item.ref
            if item.ref.name != "allow-same-space":
                assert all(rule.get("ports") for rule in spec.get("ingress", []) + spec.get("egress", [])), item.ref


def test_every_object_says_whose_it_is_and_who_writes_it(stacks: dict[str, tuple[DesiredObject, ...]]) -> None:
    for stack, items in stacks.items():
        for item in items:
            metadata = item.manifest["metadata"]
            assert metadata["labels"]["app.kubernetes.io/managed-by"] == "kogge", item.ref
            assert metadata["annotations"]["pulumi.com/patchFieldManager"] == "kogge", item.ref
            assert metadata["annotations"]["pulumi.com/patchForce"] == "true", item.ref
            if stack == "platform":
                assert (item.tenant, item.space) == (None, None)
                assert metadata.get("namespace", "") in {"", "kogge-platform", "platform--probe"}, item.ref
            else:
                assert metadata["labels"]["kogge.internal/tenant"] == stack == item.tenant, item.ref
                assert metadata.get("namespace", metadata["name"]) == item.space, item.ref
                assert item.space == f"{stack}--{metadata['labels']['kogge.internal/service']}"


def test_no_two_objects_are_the_same_and_no_two_resources_of_a_stack(
    stacks: dict[str, tuple[DesiredObject, ...]],
) -> None:
    refs = Counter(item.ref for items in stacks.values() for item in items)
    assert [ref for ref, number in refs.items() if number > 1] == []
    for stack, items in stacks.items():
        names = Counter((type_token(item.ref.api_version, item.ref.kind), item.resource_name) for item in items)
        assert [name for name, number in names.items() if number > 1] == [], stack


def test_names_and_labels_are_within_kubernetes_limits(stacks: dict[str, tuple[DesiredObject, ...]]) -> None:
    labels = {"Namespace", "Service"}
    for items in stacks.values():
        for item in items:
            pattern = LABEL if item.ref.kind in labels else SUBDOMAIN
            assert pattern.fullmatch(item.ref.name), item.ref
            assert not item.ref.namespace or LABEL.fullmatch(item.ref.namespace), item.ref
            for value in walk(item.manifest):
                if isinstance(value, Mapping) and "labels" in value and isinstance(value["labels"], Mapping):
                    assert all(LABEL_VALUE.fullmatch(text) for text in value["labels"].values()), item.ref


def test_the_namespace_comes_first_and_order_never_goes_back(estate: Estate) -> None:
    for tenant in estate.tenants.values():
        for space in spaces(estate, tenant):
            items = space_objects(space)
            assert items[0].ref.kind == "Namespace"
            assert [item.order for item in items] == sorted(item.order for item in items)
            assert sum(item.order is Order.NAMESPACE for item in items) == 1


def test_secrets_stand_in_secrets_alone_and_each_is_named_as_sensitive(
    stacks: dict[str, tuple[DesiredObject, ...]],
) -> None:
    for stack, items in stacks.items():
        for item in items:
            found = [value for value in walk(item.manifest) if isinstance(value, Derived | Encoded)]
            if item.ref.kind != "Secret":
                assert found == [], item.ref
                continue
            assert set(item.manifest["data"].values()) == set(found)
            assert {part.owner for secret in found if isinstance(secret, Encoded) for part in secret.parts} == {stack}
            assert item.sensitive_paths == tuple(f"/data/{key}" for key in item.manifest["data"])


def test_the_same_files_give_the_same_objects_in_the_same_order(estate: Estate) -> None:
    again = require_estate(CHECKOUT, as_of=AS_OF)
    for name in TENANTS:
        assert tenant_objects(estate, estate.tenant(name)) == tenant_objects(again, again.tenant(name))


NAMES = TypeAdapter(Name)


def names() -> st.SearchStrategy[str]:
    """Names as the files allow them, with hyphens at every place where they could confuse two of them."""
    parts = st.lists(st.text("ab0", min_size=1, max_size=6), min_size=1, max_size=4)
    return parts.map(lambda found: NAMES.validate_python("a" + "-".join(found) + "0"))


@settings(deadline=None)
@given(names(), names(), names(), names())
def test_two_spaces_never_have_the_same_name(tenant: str, service: str, other: str, third: str) -> None:
    name = space_name(tenant, service)
    assert len(name) <= 63
    assert LABEL.fullmatch(name)
    assert name.split("--") == [tenant, service]
    assert (name == space_name(other, third)) == ((tenant, service) == (other, third))
