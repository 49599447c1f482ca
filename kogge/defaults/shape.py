"""What a server adds to a manifest, and for which other manifests the same holds.

Two manifests have the same shape when nothing differs that a server's defaulting looks at. Only leaves that are known
to steer nothing (names, labels, data, images, hostnames, amounts) are left out of a shape; everything else is part of
it, so an unforeseen kind costs another question to the server and never a wrong answer.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kogge.derived import by_name
from kogge.json_value import Json, JsonObject, at, text_at

NAME_MARK: Final = "\0name"
"""Stands in what was learned where the server repeats the object's own name."""

_FREE_MAPS: Final = frozenset({"labels", "annotations", "matchLabels", "data", "selector"})
"""Maps whose keys and values are the author's."""
_AMOUNTS: Final = frozenset({"hard", "requests", "limits", "default", "defaultRequest", "max", "min"})
"""Maps of quantities: their keys steer, their values do not."""
_FREE_LEAVES: Final = frozenset({"image", "host", "cidr", "message", "expression", "description", "replicas", "value"})
_VOLATILE: Final = frozenset(
    {"uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields", "name", "namespace"}
)
"""Metadata that every object has of its own."""
_OWN_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"Service": ("clusterIP", "clusterIPs")}
"""Fields of ``spec`` that the server chooses per object."""


def plain_object(manifest: Mapping[str, object]) -> JsonObject:
    """Return a whole manifest with every secret's name written out as valid base64 or text."""
    found = by_name(manifest)
    assert isinstance(found, dict)  # noqa: S101 (a mapping becomes a dict)
    return found


def digest(value: Json) -> str:
    """Return a SHA-256 in hex that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def shape(manifest: JsonObject) -> str:
    """Return the digest of what of a manifest steers defaulting."""
    metadata = manifest.get("metadata")
    keys = sorted(metadata) if isinstance(metadata, dict) else []
    rest = {key: _steering(item, key) for key, item in manifest.items() if key not in {"metadata", "status"}}
    own: list[Json] = [key for key in keys if key not in _VOLATILE]
    return digest({**rest, "metadata": own})


def _steering(value: Json, key: str) -> Json:
    if key in _FREE_LEAVES and not isinstance(value, dict | list):
        return None
    if isinstance(value, dict):
        if key in _FREE_MAPS and all(isinstance(item, str) for item in value.values()):
            return bool(value)
        if key in _AMOUNTS:
            return [*sorted(value)]
        who = {"name"} if key == "subjects" else set()
        return {name: _steering(item, name) for name, item in value.items() if name not in who}
    if isinstance(value, list):
        return [_steering(item, key) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Defaults:
    """How a server's answer differs from what it was sent, path by path."""

    filled: tuple[tuple[tuple[str, ...], Json], ...] = ()
    """Added, or written otherwise."""
    dropped: tuple[tuple[str, ...], ...] = ()
    """Sent and not stored, such as an empty list."""

    def to_json(self) -> JsonObject:
        """Return what the store keeps."""
        return {
            "filled": [[list(path), value] for path, value in self.filled],
            "dropped": [list(path) for path in self.dropped],
        }

    @classmethod
    def from_json(cls, document: Json) -> Defaults:
        """Return what the store kept. Raises ``TypeError`` or ``ValueError`` for anything else."""
        filled, dropped = at(document, "filled"), at(document, "dropped")
        if not isinstance(filled, list) or not isinstance(dropped, list):
            raise TypeError("neither filled nor dropped")
        return cls(
            tuple((_path(at(entry, 0)), at(entry, 1)) for entry in filled), tuple(_path(entry) for entry in dropped)
        )


def _path(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a path")
    return tuple(str(step) for step in value)


def defaults_of(sent: JsonObject, answer: JsonObject) -> Defaults:
    """Return what the server made of ``sent``, without what every object has of its own."""
    filled: list[tuple[tuple[str, ...], Json]] = []
    dropped: list[tuple[str, ...]] = []
    _compare(sent, _lasting(answer, text_at(sent, "kind")), (), filled, dropped)
    name = text_at(sent, "metadata", "name")
    return Defaults(tuple((path, _marked(value, name)) for path, value in filled), tuple(dropped))


def _lasting(answer: JsonObject, kind: str) -> JsonObject:
    kept = {key: item for key, item in answer.items() if key != "status"}
    metadata, spec = kept.get("metadata"), kept.get("spec")
    if isinstance(metadata, dict):
        own = _VOLATILE - {"name", "namespace"}
        kept["metadata"] = {key: item for key, item in metadata.items() if key not in own}
    if isinstance(spec, dict):
        kept["spec"] = {key: item for key, item in spec.items() if key not in _OWN_FIELDS.get(kind, ())}
    return kept


def _compare(
    sent: Json,
    answer: Json,
    path: tuple[str, ...],
    filled: list[tuple[tuple[str, ...], Json]],
    dropped: list[tuple[str, ...]],
) -> None:
    if isinstance(sent, dict) and isinstance(answer, dict):
        for key in sent.keys() | answer.keys():
            if key not in answer:
                dropped.append((*path, key))
            elif key not in sent:
                filled.append(((*path, key), answer[key]))
            else:
                _compare(sent[key], answer[key], (*path, key), filled, dropped)
    elif isinstance(sent, list) and isinstance(answer, list) and len(sent) == len(answer):
        for index, (one, other) in enumerate(zip(sent, answer, strict=True)):
            _compare(one, other, (*path, str(index)), filled, dropped)
    elif sent != answer and not _is_free(path):
        filled.append((path, answer))


def _is_free(path: tuple[str, ...]) -> bool:
    """Tell whether a leaf is no part of the shape: how the server rewrote it says nothing about other manifests."""
    return path[-1] in _FREE_LEAVES or any(step in _FREE_MAPS | _AMOUNTS for step in path[:-1])


def _marked(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return {key: _marked(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, name) for item in value]
    return NAME_MARK if value == name else value


def with_defaults(manifest: JsonObject, learned: Defaults) -> JsonObject:
    """Return the manifest as the server stores it."""
    name = text_at(manifest, "metadata", "name")
    found = copy.deepcopy(manifest)
    for path in learned.dropped:
        parent = _parent(found, path)
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
    for path, value in learned.filled:
        parent = _parent(found, path)
        if isinstance(parent, dict):
            parent[path[-1]] = _named(value, name)
        elif isinstance(parent, list):
            parent[int(path[-1])] = _named(value, name)
    return found


def _parent(value: Json, path: tuple[str, ...]) -> Json:
    for step in path[:-1]:
        value = value[int(step)] if isinstance(value, list) else at(value, step)
    return value


def _named(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return {key: _named(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, name) for item in value]
    return name if value == NAME_MARK else value
