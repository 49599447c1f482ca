"""Conditions in the status of an object, as controllers report them."""

from __future__ import annotations

from kogge.json_value import JsonObject, items_at


def has_condition(manifest: JsonObject, wanted: str) -> bool:
    """Say whether the status of ``manifest`` has the condition ``wanted``, such as ``Ready``, with the value True."""
    conditions = items_at(manifest, "status", "conditions")
    return any(entry.get("type") == wanted and entry.get("status") == "True" for entry in conditions)
