"""One word means one thing: no two rooms have a public type of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.support.checkout import CHECKOUT


def test_no_two_rooms_have_a_type_of_one_name() -> None:
    """Components of ``modules`` are left out: each bears the name of what it makes (docs/decisions/0043-rooms.md)."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted((CHECKOUT / "kogge").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(CHECKOUT)))
    assert places
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
