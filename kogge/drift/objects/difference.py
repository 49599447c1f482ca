"""What two Kubernetes objects differ in: what their amounts, sets and keyed lists count as. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kogge import json_difference
from kogge.drift.objects.lists import keys_of
from kogge.json_difference import Comparison, Difference, Pair, Path
from kogge.json_value import Json, at
from kogge.quantity import amount_of

_QUANTITIES: Final = frozenset({"hard", "requests", "limits", "default", "defaultRequest", "max", "min", "used"})
"""Maps whose values are quantities: ``1000m`` and ``1`` are the same amount."""
_OPEN_MAPS: Final = frozenset({"labels", "annotations", "data", "matchLabels"})
"""Maps whose every key is reported for itself, even where the whole map is more or less."""


def differences(expected: Json, found: Json, kind: str, path: Path = ()) -> Iterator[Difference]:
    """Yield every difference between two objects of ``kind``, or between their parts at ``path``."""
    return json_difference.differences(expected, found, _OfKind(kind), path)


@dataclass(frozen=True, slots=True)
class _OfKind(Comparison):
    """What counts as the same in objects of one kind."""

    kind: str

    def is_same(self, expected: Json, found: Json, path: Path) -> bool:
        if Comparison.is_same(self, expected, found, path):
            return True
        if isinstance(expected, str) and isinstance(found, str) and _is_quantity(path):
            try:
                return amount_of(expected) == amount_of(found)
            except ValueError:
                return False
        return False

    def pairs(self, expected: Sequence[Json], found: Sequence[Json], path: Path) -> Iterator[Pair]:
        keys = keys_of(self.kind, path[-1]) if path else None
        return _ordered(expected, found) if keys is None else self._matched(expected, found, path, keys)

    def is_open(self, path: Path) -> bool:
        return path[-1] in _OPEN_MAPS

    def _matched(
        self, expected: Sequence[Json], found: Sequence[Json], path: Path, keys: tuple[str, ...]
    ) -> Iterator[Pair]:
        """Pair elements: by their keys; in a set equal ones, then those that differ least."""
        lacking, free = list(range(len(expected))), list(range(len(found)))
        for one in tuple(lacking):
            other = next((o for o in free if self._alike(expected[one], found[o], path, keys)), None)
            if other is not None:
                lacking.remove(one)
                free.remove(other)
                yield one, other
        while not keys and lacking and free and isinstance(expected[lacking[0]], dict):
            one, other = min(
                ((one, other) for one in lacking for other in free),
                key=lambda pair: (self._distance(expected[pair[0]], found[pair[1]], path), pair),
            )
            lacking.remove(one)
            free.remove(other)
            yield one, other
        yield from ((one, None) for one in lacking)
        yield from ((None, other) for other in free)

    def _alike(self, expected: Json, found: Json, path: Path, keys: tuple[str, ...]) -> bool:
        if keys:
            return all(at(expected, key) == at(found, key) for key in keys)
        return next(differences(expected, found, self.kind, (*path, "0")), None) is None

    def _distance(self, expected: Json, found: Json, path: Path) -> int:
        return sum(1 for _ in differences(expected, found, self.kind, (*path, "0")))


def _is_quantity(path: Path) -> bool:
    return "sizeLimit" in path[-1:] or any(name in _QUANTITIES for name in path[-2:-1])


def _ordered(expected: Sequence[Json], found: Sequence[Json]) -> Iterator[Pair]:
    for index in range(max(len(expected), len(found))):
        yield (index if index < len(expected) else None, index if index < len(found) else None)
