"""What JSON can hold, and typed steps into it.

Belongs here: the type of a decoded JSON value, reading one out of a nested one, and the pointers that name a place in
one (RFC 6901). What the value means belongs to the room that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""Any decoded JSON value."""

JsonObject: TypeAlias = "dict[str, Json]"
"""A decoded JSON object, such as a Kubernetes manifest."""


def at(value: Json, *path: str | int) -> Json:
    """Return what stands at ``path`` inside ``value``, or ``None`` where the path leads nowhere."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: Json, *path: str | int) -> str:
    """Return the string at ``path``, or ``""`` where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def items_at(value: Json, *path: str | int) -> list[JsonObject]:
    """Return the objects in the list at ``path``; what is no object is left out."""
    found = at(value, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of ``path``; the empty path, the whole value, is ``""``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def steps(pointer_text: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer; an index into a list is its digits."""
    if not pointer_text:
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer_text.removeprefix("/").split("/"))
