"""Who set a value, as far as the apiserver recorded it: the field manager that owns a path.

A client chooses its own field manager, so this is a lead and no proof.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from kogge.json_value import Json, JsonObject, at, text_at


def actor(entries: Sequence[JsonObject], item: Json, path: Sequence[str]) -> str | None:
    """Return the manager that owns ``path`` of ``item`` most exactly, the latest first; None when nobody does.

    ``path`` is a JSON pointer in steps; the empty one asks who made the object.
    """
    named = [entry for entry in entries if not entry.get("subresource")]
    if not path:
        # Times are whole seconds: of several that early, who set most of the object made it.
        makers = sorted(named, key=lambda entry: (text_at(entry, "time"), -len(json.dumps(entry.get("fieldsV1")))))
        return text_at(makers[0], "manager") or None if makers else None
    best: tuple[int, str, str] | None = None
    for entry in named:
        depth = _depth(entry.get("fieldsV1"), item, path)
        found = (depth, text_at(entry, "time"), text_at(entry, "manager"))
        if depth and (best is None or found > best):
            best = found
    return best[2] or None if best else None


def _depth(fields: Json, item: Json, path: Sequence[str]) -> int:
    """Return how many steps of ``path`` the field set covers; 0 unless it owns a value at or above the path's end."""
    depth = 0
    for step in path:
        inner = _step(fields, item, step)
        if inner is None:
            # A set that ends here owns everything below; one that goes on elsewhere does not.
            return depth if fields == {} else 0
        fields, item = inner
        depth += 1
    return depth


def _step(fields: Json, item: Json, step: str) -> tuple[Json, Json] | None:
    if not isinstance(fields, dict):
        return None
    if isinstance(item, list):
        element = item[int(step)] if step.isdigit() and int(step) < len(item) else None
        return next(((inner, element) for key, inner in fields.items() if _names(key, element)), None)
    key = f"f:{step}"
    return (fields[key], at(item, step)) if key in fields else None


def _names(key: str, element: Json) -> bool:
    """Tell whether a key of a field set (``k:{"name":"app"}`` or ``v:"drop"``) means a list element."""
    kind, _, text = key.partition(":")
    try:
        value: Json = json.loads(text)
    except ValueError:
        return False
    match kind:
        case "k":
            return isinstance(value, dict) and all(at(element, name) == wanted for name, wanted in value.items())
        case "v":
            return value == element
        case _:
            return False
