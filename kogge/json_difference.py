"""What two JSON values differ in, path by path: the walk that every comparison shares. Pure.

What counts as the same at a place is a :class:`Comparison`; a room that knows more of its values has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kogge.json_value import Json

Path: TypeAlias = tuple[str, ...]
"""Steps of a JSON pointer."""

Pair: TypeAlias = tuple[int | None, int | None]
"""Index of an element in the expected list, and of the one that it is compared with in the found one; None: nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a value is not as expected; None stands for nothing there."""

    path: Path
    expected: Json
    found: Json


class Comparison:
    """What counts as the same. This one takes every value literally."""

    def is_same(self, expected: Json, found: Json, path: Path) -> bool:
        """Tell whether two values are the same that are not both maps or both lists; no bool is a number."""
        del path
        return isinstance(expected, bool) is isinstance(found, bool) and expected == found

    def pairs(self, expected: Sequence[Json], found: Sequence[Json], path: Path) -> Iterable[Pair] | None:
        """Return which elements of two lists are compared; None: lists of different lengths differ as a whole."""
        del path
        return [(index, index) for index in range(len(expected))] if len(expected) == len(found) else None

    def is_open(self, path: Path) -> bool:
        """Tell whether each key of a map is a difference of its own even where the whole map is more or less."""
        del path
        return False


LITERAL: Final = Comparison()


def differences(expected: Json, found: Json, comparison: Comparison = LITERAL, path: Path = ()) -> Iterator[Difference]:
    """Yield every difference of the smallest parts that differ, keys in alphabetical order.

    A key with null is as good as none. An index in a path counts in ``found``; of what is missing, in ``expected``.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            yield from _member(expected.get(key), found.get(key), comparison, (*path, key))
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _elements(expected, found, comparison, path)
    elif not comparison.is_same(expected, found, path):
        yield Difference(path, expected, found)


def _elements(
    expected: Sequence[Json], found: Sequence[Json], comparison: Comparison, path: Path
) -> Iterator[Difference]:
    pairs = comparison.pairs(expected, found, path)
    if pairs is None:
        yield Difference(path, [*expected], [*found])
        return
    for one, other in pairs:
        yield from _member(
            None if one is None else expected[one],
            None if other is None else found[other],
            comparison,
            (*path, str(one if other is None else other)),
        )


def _member(expected: Json, found: Json, comparison: Comparison, path: Path) -> Iterator[Difference]:
    if comparison.is_open(path) and (isinstance(expected, dict) or isinstance(found, dict)):
        yield from differences(expected or {}, found or {}, comparison, path)
    elif expected is not None and found is not None:
        yield from differences(expected, found, comparison, path)
    elif expected is not None or found is not None:
        yield Difference(path, expected, found)
