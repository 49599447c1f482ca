"""A place in a JSON value has one pointer, and a pointer leads to one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kogge.json_value import pointer, steps


@given(st.lists(st.text(), max_size=4))
def test_a_pointer_leads_back_to_its_steps(path: list[str]) -> None:
    assert steps(pointer(path)) == tuple(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("",), "/"),
        (("foo", 0), "/foo/0"),
        (("a/b",), "/a~1b"),
        (("m~n",), "/m~0n"),
        (("~1",), "/~01"),
        (("metadata", "annotations", "kogge.internal/grant"), "/metadata/annotations/kogge.internal~1grant"),
    ],
)
def test_a_pointer_is_written_as_rfc_6901_says(path: tuple[str | int, ...], text: str) -> None:
    assert pointer(path) == text
