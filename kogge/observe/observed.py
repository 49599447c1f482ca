"""What was read of one cluster: values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kogge.findings import ObjectRef, Unknown
from kogge.json_value import JsonObject


@dataclass(frozen=True, slots=True)
class Observed:
    """Every listed object of a cluster, and what could not be read."""

    cluster: str
    server_version: str
    """Such as ``v1.37.2``; empty when it could not be read."""
    objects: Mapping[ObjectRef, JsonObject]
    """Without ``metadata.managedFields``."""
    managed: Mapping[ObjectRef, list[JsonObject]]
    """``metadata.managedFields`` of each object: who owns which field."""
    unreadable: Mapping[tuple[str, str], str]
    """(apiVersion, kind) -> why it could not be listed."""
    unknown: tuple[Unknown, ...] = ()
    """The same in a person's words, and what else could not be read."""
    _by_kind: dict[str, tuple[ObjectRef, ...]] = field(default_factory=dict, compare=False, repr=False)

    def readable(self, ref: ObjectRef) -> bool:
        """Tell whether the kind of an object could be listed."""
        return (ref.api_version, ref.kind) not in self.unreadable

    def kind_readable(self, kind: str) -> bool:
        """Tell whether every version of a kind could be listed."""
        return all(name != kind for _, name in self.unreadable)

    def of_kind(self, kind: str) -> tuple[ObjectRef, ...]:
        """Return every object of a kind."""
        if not self._by_kind:
            found: dict[str, list[ObjectRef]] = {}
            for ref in self.objects:
                found.setdefault(ref.kind, []).append(ref)
            self._by_kind.update({name: tuple(refs) for name, refs in found.items()})
        return self._by_kind.get(kind, ())

    def with_objects(self, fresh: Mapping[ObjectRef, JsonObject | None]) -> Observed:
        """Return what is known after some objects were read again; None: it is not there any more."""
        gone = {ref for ref, item in fresh.items() if item is None}
        objects = {ref: item for ref, item in self.objects.items() if ref not in gone}
        managed = {ref: entries for ref, entries in self.managed.items() if ref not in gone}
        for ref, item in fresh.items():
            if item is not None:
                objects[ref], managed[ref] = split_managed(item)
        return Observed(self.cluster, self.server_version, objects, managed, self.unreadable, self.unknown)

    def with_kinds(self, kinds: Iterable[tuple[str, str]], fresh: Observed) -> Observed:
        """Return what is known after some kinds were listed again."""
        again = set(kinds)
        objects = {ref: item for ref, item in self.objects.items() if (ref.api_version, ref.kind) not in again}
        managed = {ref: entries for ref, entries in self.managed.items() if ref in objects}
        return Observed(
            self.cluster,
            self.server_version,
            {**objects, **fresh.objects},
            {**managed, **fresh.managed},
            {**self.unreadable, **fresh.unreadable},
            (*self.unknown, *fresh.unknown),
        )


def split_managed(item: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    """Return an object without its ``managedFields``, and these."""
    metadata = item.get("metadata")
    if not isinstance(metadata, dict):
        return item, []
    entries = metadata.get("managedFields")
    rest = {key: value for key, value in metadata.items() if key != "managedFields"}
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {**item, "metadata": rest}, listed
