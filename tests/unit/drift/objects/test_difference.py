"""Two objects differ exactly where they differ, whatever the order of what has none."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kogge.drift.objects.difference import differences
from kogge.json_difference import Difference
from kogge.json_value import pointer

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def paths(expected: Any, found: Any, kind: str = "ConfigMap") -> list[str]:
    return [pointer(d.path) for d in differences(expected, found, kind)]


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert paths(value, copy.deepcopy(value)) == []


@given(VALUES, VALUES)
@example("", "0")  # two texts that stand nowhere: no place says whether they are amounts
def test_what_differs_one_way_differs_the_other_way(one: Any, other: Any) -> None:
    assert bool(paths(one, other)) == bool(paths(other, one))


@pytest.mark.parametrize(
    ("kind", "field", "one", "other"),
    [
        ("RoleBinding", "subjects", {"kind": "Group", "name": "a"}, {"kind": "Group", "name": "b"}),
        ("ClusterRole", "rules", {"verbs": ["get", "list"]}, {"verbs": ["watch"]}),
        ("NetworkPolicy", "from", {"podSelector": {}}, {"namespaceSelector": {}}),
        ("Pod", "tolerations", {"key": "a"}, {"key": "b"}),
        ("Pod", "volumes", {"name": "a"}, {"name": "b"}),
    ],
)
def test_the_order_of_a_set_or_map_is_nothing(kind: str, field: str, one: Any, other: Any) -> None:
    assert paths({field: [one, other]}, {field: [other, one]}, kind) == []
    assert paths({field: [one]}, {field: [other, one]}, kind) == [f"/{field}/0"]
    assert paths({field: [one, other]}, {field: [one]}, kind) == [f"/{field}/1"]


def test_the_order_of_a_list_counts() -> None:
    assert paths({"command": ["a", "b"]}, {"command": ["b", "a"]}) == ["/command/0", "/command/1"]
    assert paths({"validations": [1, 2]}, {"validations": [2, 1]}, "ValidatingAdmissionPolicy")


def test_a_changed_element_of_a_set_is_found_where_it_changed() -> None:
    expected = {"rules": [{"resources": ["pods"], "verbs": ["get"]}, {"resources": ["secrets"], "verbs": ["get"]}]}
    found = {
        "rules": [{"resources": ["secrets"], "verbs": ["get"]}, {"resources": ["pods"], "verbs": ["get", "create"]}]
    }
    assert paths(expected, found, "ClusterRole") == ["/rules/1/verbs/1"]


def test_a_repeated_element_is_one_too_many() -> None:
    assert paths({"subjects": [{"name": "a"}]}, {"subjects": [{"name": "a"}, {"name": "a"}]}) == ["/subjects/1"]


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("1000m", "1", True),
        ("1Gi", "1024Mi", True),
        ("500m", "0.5", True),
        ("500m", "500e-3", True),
        ("1Pi", "1024Ti", True),
        ("1", "2", False),
        ("1Gi", "1G", False),
        ("500m", "501e-3", False),
        ("1", "one", False),
    ],
)
def test_amounts_are_compared_as_amounts(expected: str, found: str, same: bool) -> None:
    assert (paths({"limits": {"cpu": expected}}, {"limits": {"cpu": found}}) == []) is same


def test_texts_that_look_like_amounts_are_texts_elsewhere() -> None:
    assert paths({"data": {"x": "1000m"}}, {"data": {"x": "1"}}) == ["/data/x"]


def test_true_is_not_one() -> None:
    assert paths({"a": True}, {"a": 1}) == ["/a"]


def test_each_key_of_an_added_map_of_labels_is_found_by_itself() -> None:
    assert paths({"metadata": {}}, {"metadata": {"labels": {"a": "1", "b": "2"}}}) == [
        "/metadata/labels/a",
        "/metadata/labels/b",
    ]
    assert paths({"metadata": {"labels": {}}}, {"metadata": {}}) == []


def test_a_difference_says_what_was_expected_and_what_was_found() -> None:
    assert list(differences({"a": 1}, {"a": 2, "b": 3}, "ConfigMap")) == [
        Difference(("a",), 1, 2),
        Difference(("b",), None, 3),
    ]
