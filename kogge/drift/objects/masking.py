"""Keeps secret values out of findings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kogge.json_difference import Path
from kogge.json_value import Json, pointer

MASK: Final = "(secret)"

_SHOWN_OF_SECRETS: Final = ("labels", "ownerReferences", "finalizers", "deletionTimestamp", "name", "namespace")


def masked(value: Json, kind: str, path: Path, sensitive: Collection[str]) -> Json:
    """Return a value as a report may show it.

    Of a Secret nothing is shown but its type and harmless metadata: an annotation may repeat the data
    (``kubectl.kubernetes.io/last-applied-configuration`` does).
    """
    if value is None:
        return None
    if (
        kind == "Secret"
        and path[:1] != ("type",)
        and not (path[:1] == ("metadata",) and path[1:2] and path[1] in _SHOWN_OF_SECRETS)
    ):
        return MASK
    place = pointer(path)
    return MASK if any(place == secret or place.startswith(f"{secret}/") for secret in sensitive) else value
