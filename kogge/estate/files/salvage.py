"""What can still be said of a tenant file that its model refuses.

A file with a wrong word in one place still names hosts, hostnames and services in others. Without
those, the rules across files would stay silent until the first mistakes are mended, and a person would get
them in instalments. So the refused parts are left out, the rules run on the rest, and what a left-out part
could have changed is not reported. A salvaged tenant is never part of an estate.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError
from pydantic_core import to_json

from kogge.estate.files.document import Path
from kogge.estate.files.model_errors import path_of
from kogge.estate.files.source import MAX_PROBLEMS
from kogge.estate.models.tenant import Tenant
from kogge.json_value import Json

_ROUNDS: Final = 12
"""Leaving out a part can show another fault behind it, some levels deep."""

_STAND_INS: Final[dict[str, Json]] = {
    "name": "unknown",
    "body": {"kind": "district", "official_name": "unknown", "district_key": "01001"},
    "stage": "member",
    "since": "1900-01-01",
    "contacts": {"platform": "unknown@unknown.example", "data_protection": "unknown@unknown.example"},
    "data_protection": {"supervisory_authority": "ULD"},
    "size": "unknown",
    "placement": {"cluster": "unknown", "database_host": "unknown"},
}
"""For what a tenant cannot be without; nothing that rests on one is reported."""

_AFFECTED: Final[dict[str, frozenset[str]]] = {
    "name": frozenset({"services", "offers", "hostnames"}),
    "body": frozenset({"data_protection", "operator", "since"}),
    "stage": frozenset({"pilot", "leaving", "data_protection", "services", "offers", "size"}),
    "since": frozenset({"pilot", "leaving", "data_protection", "body"}),
    "pilot": frozenset({"stage", "size"}),
    "leaving": frozenset({"stage"}),
    "operator": frozenset({"access"}),
    "access": frozenset({"operator"}),
    "placement": frozenset({"network", "services", "data_protection"}),
    "network": frozenset({"placement", "services"}),
    "hostnames": frozenset({"services"}),
    "services": frozenset({"size", "offers", "placement"}),
    "lighthouse": frozenset({"services"}),
}
"""Part of a tenant file -> other parts whose rules read it too."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The readable rest of a tenant file."""

    tenant: Tenant
    data: Json
    """The whole file, as it stands."""
    removed: frozenset[Path]
    """What was left out, in the file's own indices."""
    suspects: frozenset[str]
    """Top-level fields about which nothing can be said, because what was left out decides there too."""

    def original(self, path: Path) -> Path:
        """Return a path of the rest as a path of the file: indices shift where a list item was left out."""
        shifted = any(isinstance(part, int) for removed in self.removed for part in removed)
        return _original(self.data, self.removed, path) if shifted else path

    def doubtful(self, path: Path) -> bool:
        """Tell whether what is found at a path of the file could rest on what was left out."""
        if path and path[0] in self.suspects:
            return True
        for removed in self.removed:
            shared = min(len(removed), len(path))
            if removed[:shared] == path[:shared] or (removed[0] == "services" and _same_service(removed, path)):
                return True
        return False


def _suspects(removed: set[Path]) -> frozenset[str]:
    fields = {str(path[0]) for path in removed}
    meant = {field: _meant(field) for field in fields}
    affected = {other for field in meant.values() for other in _AFFECTED.get(field, ())}
    return frozenset(affected | (set(meant.values()) - fields))


def salvage(data: Json) -> Salvaged | None:
    """Return what remains of a refused tenant file, or None where nothing sensible does."""
    if not isinstance(data, dict):
        return None
    removed: set[Path] = set()
    for _ in range(_ROUNDS):
        rest = _without(data, removed)
        assert isinstance(rest, dict)  # noqa: S101 (a dict stays a dict; this tells the type checker)
        stood_in = {key: value for key, value in _STAND_INS.items() if (key,) in removed}
        try:
            tenant = Tenant.model_validate_json(to_json({**rest, **stood_in}), strict=True)
        except ValidationError as error:
            if error.error_count() > MAX_PROBLEMS:
                return None
            for detail in error.errors(include_url=False):
                path = _original(data, removed, path_of(rest, detail["loc"]))
                removed.add(_part_to_remove(path, missing=detail["type"] == "missing"))
            if () in removed:
                return None
        else:
            return Salvaged(tenant, data, frozenset(removed), _suspects(removed))
    return None


def _same_service(removed: Path, path: Path) -> bool:
    """Tell whether a left-out part of a service decides what is found there, or who may call."""
    deciding = len(removed) < 3 or removed[2] in ("use", "from", "state")
    return path[:1] == ("services",) and ("callers" in path or (deciding and path[:2] == removed[:2]))


def _meant(field: str) -> str:
    """Return the field of a tenant file that a misspelt one was probably meant to be."""
    near = get_close_matches(field, Tenant.model_fields, n=1)
    return near[0] if near else field


def _part_to_remove(path: Path, *, missing: bool) -> Path:
    """Return the refused value itself; for a missing field, what cannot be without it."""
    if not missing:
        return path
    indices = [place for place, part in enumerate(path) if isinstance(part, int)]
    if indices:
        return path[: indices[-1] + 1]
    if len(path) > 2:
        return path[:2]
    return path[:1]


def _without(data: Json, removed: set[Path], path: Path = ()) -> Json:
    if isinstance(data, dict):
        return {k: _without(v, removed, (*path, k)) for k, v in data.items() if (*path, k) not in removed}
    if isinstance(data, list):
        return [_without(v, removed, (*path, i)) for i, v in enumerate(data) if (*path, i) not in removed]
    return data


def _original(data: Json, removed: set[Path] | frozenset[Path], path: Path) -> Path:
    found: Path = ()
    for part in path:
        if isinstance(data, list) and isinstance(part, int):
            kept = [index for index in range(len(data)) if (*found, index) not in removed]
            part = kept[part] if part < len(kept) else part
            data = data[part] if part < len(data) else None
        elif isinstance(data, dict):
            data = data.get(str(part))
        found = (*found, part)
    return found
