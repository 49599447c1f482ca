"""What two objects differ in, path by path. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kogge.drift.objects.lists import keys_of
from kogge.json_value import Json, at
from kogge.quantity import amount_of

Path = tuple[str, ...]

_QUANTITIES: Final = frozenset({"hard", "requests", "limits", "default", "defaultRequest", "max", "min", "used"})
"""Maps whose values are quantities: ``1000m`` and ``1`` are the same amount."""
_OPEN_MAPS: Final = frozenset({"labels", "annotations", "data", "matchLabels"})
"""Maps whose every key is reported for itself, even where the whole map is more or less."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where an object is not as expected; None stands for nothing there."""

    path: Path
    expected: Json
    found: Json


def differences(expected: Json, found: Json, kind: str, path: Path = ()) -> Iterator[Difference]:
    """Yield every difference, deepest path first known. An index in a path counts in ``found``; of what is missing,
    in ``expected``.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            yield from _member(expected.get(key), found.get(key), kind, (*path, key))
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _elements(expected, found, kind, path)
    elif not _same_leaf(expected, found, path):
        yield Difference(path, expected, found)


def _member(expected: Json, found: Json, kind: str, path: Path) -> Iterator[Difference]:
    if path[-1] in _OPEN_MAPS and (isinstance(expected, dict) or isinstance(found, dict)):
        yield from differences(expected or {}, found or {}, kind, path)
    elif expected is None or found is None:
        if expected is not None or found is not None:
            yield Difference(path, expected, found)
    else:
        yield from differences(expected, found, kind, path)


def _same_leaf(expected: Json, found: Json, path: Path) -> bool:
    if isinstance(expected, bool) is not isinstance(found, bool):
        return False
    if expected == found:
        return True
    if isinstance(expected, str) and isinstance(found, str) and _is_quantity(path):
        try:
            return amount_of(expected) == amount_of(found)
        except ValueError:
            return False
    return False


def _is_quantity(path: Path) -> bool:
    return "sizeLimit" in path[-1:] or any(name in _QUANTITIES for name in path[-2:-1])


def _elements(expected: Sequence[Json], found: Sequence[Json], kind: str, path: Path) -> Iterator[Difference]:
    keys = keys_of(kind, path[-1]) if path else None
    pairs = _ordered(expected, found) if keys is None else _matched(expected, found, kind, path, keys)
    for one, other in pairs:
        index = other if other is not None else one
        yield from _member(
            None if one is None else expected[one],
            None if other is None else found[other],
            kind,
            (*path, str(index)),
        )


def _ordered(expected: Sequence[Json], found: Sequence[Json]) -> Iterator[tuple[int | None, int | None]]:
    for index in range(max(len(expected), len(found))):
        yield (index if index < len(expected) else None, index if index < len(found) else None)


def _matched(
    expected: Sequence[Json], found: Sequence[Json], kind: str, path: Path, keys: tuple[str, ...]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair elements: by their keys; in a set equal ones, then those that differ least."""
    lacking, free = list(range(len(expected))), list(range(len(found)))
    for one in tuple(lacking):
        other = next((o for o in free if _alike(expected[one], found[o], kind, (*path, "0"), keys)), None)
        if other is not None:
            lacking.remove(one)
            free.remove(other)
            yield one, other
    while not keys and lacking and free and isinstance(expected[lacking[0]], dict):
        one, other = min(
            ((one, other) for one in lacking for other in free),
            key=lambda pair: (_distance(expected[pair[0]], found[pair[1]], kind, path), pair),
        )
        lacking.remove(one)
        free.remove(other)
        yield one, other
    yield from ((one, None) for one in lacking)
    yield from ((None, other) for other in free)


def _alike(expected: Json, found: Json, kind: str, path: Path, keys: tuple[str, ...]) -> bool:
    if keys:
        return all(at(expected, key) == at(found, key) for key in keys)
    return next(differences(expected, found, kind, path), None) is None


def _distance(expected: Json, found: Json, kind: str, path: Path) -> int:
    return sum(1 for _ in differences(expected, found, kind, (*path, "0")))
