"""Official keys of German territorial bodies: AGS, ARS, district key; whose key one is, is not known here.

Source: Statistisches Bundesamt, Gemeindeverzeichnis-Informationssystem (GV-ISys), "Aufbau des Regionalschlüssels".
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

LAENDER: Final = {
    "01": "Schleswig-Holstein",
    "02": "Hamburg",
    "03": "Niedersachsen",
    "04": "Bremen",
    "05": "Nordrhein-Westfalen",
    "06": "Hessen",
    "07": "Rheinland-Pfalz",
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "10": "Saarland",
    "11": "Berlin",
    "12": "Brandenburg",
    "13": "Mecklenburg-Vorpommern",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}
"""First two digits of every key."""

CITY_STATES: Final = frozenset({"02", "11"})
"""Länder that are one municipality: all other digits of their AGS are 0."""

_DIGITS: Final = re.compile(r"[0-9]+")


def _digits(text: str, count: int, name: str) -> str:
    if not _DIGITS.fullmatch(text):
        raise ValueError(f"{name} has digits only")
    if len(text) != count:
        raise ValueError(f"{name} has {count} digits, this has {len(text)}")
    if text[:2] not in LAENDER:
        raise ValueError(f"{name} starts with a Land from 01 to 16, not {text[:2]}")
    return text


def _ags(text: str) -> str:
    return _digits(text, 8, "an AGS")


def _ars(text: str) -> str:
    _digits(text, 12, "an ARS")
    if text[5] not in "059":
        raise ValueError(f"the sixth digit of an ARS is 0, 5 or 9, not {text[5]}")
    return text


def _district_key(text: str) -> str:
    return _digits(text, 5, "a district key")


def _carrier_key(text: str) -> str:
    if len(text) not in (5, 8):
        raise ValueError("a carrier is named by its AGS (8 digits) or district key (5 digits)")
    return _digits(text, len(text), "a key")


Ags = Annotated[str, AfterValidator(_ags), Field(json_schema_extra={"pattern": "^(0[1-9]|1[0-6])[0-9]{6}$"})]
"""Amtlicher Gemeindeschlüssel: Land (2), Regierungsbezirk (1), Kreis (2), Gemeinde (3)."""

Ars = Annotated[
    str, AfterValidator(_ars), Field(json_schema_extra={"pattern": "^(0[1-9]|1[0-6])[0-9]{3}[059][0-9]{6}$"})
]
"""Amtlicher Regionalschlüssel: like the AGS, with the association of municipalities (4) before the municipality."""

DistrictKey = Annotated[
    str, AfterValidator(_district_key), Field(json_schema_extra={"pattern": "^(0[1-9]|1[0-6])[0-9]{3}$"})
]
"""First five digits of the AGS of everything in a district."""

CarrierKey = Annotated[
    str, AfterValidator(_carrier_key), Field(json_schema_extra={"pattern": "^(0[1-9]|1[0-6])[0-9]{3}([0-9]{3})?$"})
]


def ags_of(key: str) -> str:
    """Return the AGS of an ARS (its digits 1-5 and 10-12); any other key as it is."""
    return key[:5] + key[9:] if len(key) == 12 else key


def ars_contradiction(ars: str, ags: str) -> str | None:
    """Say how an ARS does not fit an AGS: digits 1-5 and 10-12 of the ARS are the AGS."""
    if ags_of(ars) != ags:
        return f"the ARS stands for the AGS {ags_of(ars)}"
    return None


def ars_oddity(ars: str) -> str | None:
    """Say what is unusual: without an association (sixth digit 0), digits 7-9 repeat 10-12."""
    if ars[5] == "0" and ars[6:9] != ars[9:]:
        return f"without an association (sixth digit 0) digits 7 to 9 repeat the municipality: {ars[9:]}"
    return None
