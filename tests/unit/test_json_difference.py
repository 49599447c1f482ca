"""Two values differ in their smallest differing parts, and a value does not differ from itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kogge.json_difference import Difference, differences
from kogge.json_value import pointer

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(differences(value, copy.deepcopy(value))) == []


@given(VALUES, VALUES)
def test_what_differs_one_way_differs_the_other_way(one: Any, other: Any) -> None:
    there = {(d.path, repr(d.expected), repr(d.found)) for d in differences(one, other)}
    back = {(d.path, repr(d.found), repr(d.expected)) for d in differences(other, one)}
    assert there == back


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["/a/c"]),
        ({"a": [1, 2, 3]}, {"a": [1, 5, 3]}, ["/a/1"]),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, ["/a"]),
        ({"a": {}}, {"a": {"b": {"c": 1}}}, ["/a/b"]),
        ({}, {"a": {"b": 1}}, ["/a"]),
        ({"a": None}, {}, []),
        ({"a": 1}, {"a": True}, ["/a"]),
        ({"x/y": 1, "~": 2}, {"x/y": 2, "~": 3}, ["/x~1y", "/~0"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["/a"]),
        (1, 2, [""]),
    ],
)
def test_the_smallest_part_that_differs_is_named(one: Any, other: Any, paths: list[str]) -> None:
    assert [pointer(d.path) for d in differences(one, other)] == paths


def test_a_difference_holds_both_sides_and_none_for_nothing() -> None:
    assert list(differences({"a": 1}, {"b": [2]})) == [
        Difference(("a",), 1, None),
        Difference(("b",), None, [2]),
    ]
