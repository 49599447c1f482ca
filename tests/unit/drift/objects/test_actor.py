"""Who owns a path, as the apiserver recorded it."""

from __future__ import annotations

from typing import Any

import pytest

from kogge.drift.objects.actor import actor

ITEM: dict[str, Any] = {
    "metadata": {"labels": {"a.b/c": "1"}, "finalizers": ["x/y"]},
    "spec": {
        "replicas": 3,
        "containers": [{"name": "app", "image": "i"}, {"name": "side"}],
        "rules": [{"verbs": ["get"]}],
    },
}
ENTRIES: list[Any] = [
    {
        "manager": "kogge",
        "time": "2026-11-01T00:00:00Z",
        "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:a.b/c": {}}},
            "f:spec": {"f:containers": {'k:{"name":"app"}': {".": {}, "f:name": {}, "f:image": {}}}, "f:rules": {}},
        },
    },
    {
        "manager": "kubectl-edit",
        "time": "2026-11-02T00:00:00Z",
        "fieldsV1": {
            "f:metadata": {"f:finalizers": {'v:"x/y"': {}}},
            "f:spec": {"f:replicas": {}, "f:containers": {'k:{"name":"side"}': {".": {}, "f:name": {}}}, "f:rules": {}},
        },
    },
    {"manager": "kubelet", "time": "2026-11-03T00:00:00Z", "subresource": "status", "fieldsV1": {"f:spec": {}}},
]


@pytest.mark.parametrize(
    ("path", "manager"),
    [
        (("spec", "replicas"), "kubectl-edit"),
        (("metadata", "labels", "a.b/c"), "kogge"),
        (("metadata", "finalizers", "0"), "kubectl-edit"),
        (("spec", "containers", "0", "image"), "kogge"),
        (("spec", "containers", "1"), "kubectl-edit"),
        (("spec", "rules", "0", "verbs", "0"), "kubectl-edit"),
        (("spec", "hostNetwork"), None),
        ((), "kogge"),
    ],
)
def test_the_manager_that_owns_a_path_most_exactly_and_last_is_named(
    path: tuple[str, ...], manager: str | None
) -> None:
    assert actor(ENTRIES, ITEM, path) == manager


def test_of_two_managers_in_the_same_second_the_one_that_set_most_made_the_object() -> None:
    scaled = {"manager": "controller", "time": "t", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    made = {"manager": "kubectl-edit", "time": "t", "fieldsV1": {"f:spec": {"f:selector": {}, "f:template": {}}}}
    assert actor([scaled, made], ITEM, ()) == actor([made, scaled], ITEM, ()) == "kubectl-edit"


def test_without_records_nobody_is_named() -> None:
    assert actor([], ITEM, ("spec", "replicas")) is None
    assert actor([{"manager": "x", "fieldsV1": {"f:spec": {"k:{": {}}}}], ITEM, ("spec", "containers", "0")) is None
