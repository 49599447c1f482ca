"""The list of all municipalities and districts, where a data root has one: it saves looking up keys.

A CSV file with the columns ``ags``, ``name`` and ``kind`` (``gemeinde``, ``kreis``, ``kreisfreie_stadt``):
``gemeinden.csv`` beside ``platform.yaml``, or another that is named. It is a convenience for ``kogge tenant new`` and
decides nothing: a key that it lacks is accepted as it is given.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.errors import UsageError
from kogge.estate.models.body import BodyKind

_KINDS: Final = {
    "gemeinde": BodyKind.MUNICIPALITY,
    "kreisfreie_stadt": BodyKind.INDEPENDENT_CITY,
    "kreis": BodyKind.DISTRICT,
}

LIST: Final = "gemeinden.csv"
"""The list of a data root."""

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One body of the list; ``key`` is its AGS, for a district the five digits."""

    key: str
    official_name: str
    kind: BodyKind


def read_register(path: Path) -> tuple[Entry, ...]:
    """Read the list.

    :raises UsageError: the file cannot be read or has other columns
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return tuple(_entry(row) for row in csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, KeyError) as error:
        hint = "it is a CSV file with the columns ags, name and kind"
        raise UsageError(f"{path} is no list of municipalities: {error}", hint=hint) from error


def _entry(row: dict[str, str]) -> Entry:
    kind = _KINDS[row["kind"]]
    name = row["name"]
    if kind is BodyKind.DISTRICT:
        stem = name.removesuffix(", (Kreis)").removesuffix(", Landkreis").strip()
        return Entry(row["ags"][:5], name if stem == name else f"Kreis {stem}", kind)
    return Entry(row["ags"], name, kind)


def slug(name: str) -> str:
    """Return the name of a town as a tenant's name: ``Mölln, Stadt`` is ``moelln``."""
    plain = name.partition(",")[0].lower().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-").removeprefix("kreis-").removeprefix("landkreis-")


def find(register: Iterable[Entry], *, name: str, key: str | None, kind: BodyKind | None) -> tuple[Entry, ...]:
    """Return the entries with a key, or those whose name makes the tenant's name."""
    if key is not None:
        return tuple(entry for entry in register if entry.key == key)
    return tuple(e for e in register if slug(e.official_name) == name and kind in (None, e.kind))


def look_up(root: Path, bodies: Path | None, *, name: str, key: str | None, kind: BodyKind | None) -> Entry | None:
    """Return the one body of the list that is meant; None where there is no list, or where it lacks the body.

    :param bodies: the list, if it is not that of the data root
    :raises UsageError: the list cannot be read, or has several bodies of that name
    """
    path = bodies or root / LIST
    if kind is BodyKind.JOINT_BODY or (bodies is None and not path.is_file()):
        return None
    found = find(read_register(path), name=name, key=key, kind=kind)
    if len(found) > 1 and key is None:
        shown = ", ".join(f"{entry.key} {entry.official_name}" for entry in found[:8])
        raise UsageError(f"{len(found)} bodies are named so: {shown}", hint="say which one with --key")
    return found[0] if found else None
