"""The legal person behind a tenant, and the key it is known by."""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kogge.estate.models.regional_key import Ags, Ars, CarrierKey, DistrictKey
from kogge.estate.models.values import Line, Model


def _latin(name: str) -> str:
    """Refuse letters of other scripts: they look like ours and make two names of one."""
    for letter in name:
        if letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN"):
            raise ValueError(f"{letter!r} is {unicodedata.name(letter, 'unnamed').lower()}, no Latin letter")
    return name


OfficialName = Annotated[Line, AfterValidator(_latin)]


class BodyKind(StrEnum):
    """Legal form of a partner body; it decides which key it has."""

    MUNICIPALITY = "municipality"
    INDEPENDENT_CITY = "independent_city"
    DISTRICT = "district"
    JOINT_BODY = "joint_body"


class Municipality(Model):
    """A municipality or an independent city (kreisfreie Stadt), known by its Amtlicher Gemeindeschlüssel."""

    kind: Literal[BodyKind.MUNICIPALITY, BodyKind.INDEPENDENT_CITY]
    """Which legal person the body is."""
    official_name: OfficialName
    """The name as the statistical offices publish it, with its suffix."""
    ags: Ags
    """Amtlicher Gemeindeschlüssel, 8 digits in quotes."""
    ars: Ars | None = None
    """Amtlicher Regionalschlüssel, 12 digits in quotes, where it is known too."""


class District(Model):
    """A district (Kreis), known by the five digits of its key."""

    kind: Literal[BodyKind.DISTRICT]
    """Which legal person the body is."""
    official_name: OfficialName
    """The name as the statistical offices publish it."""
    district_key: DistrictKey
    """The first five digits of every key in the district, in quotes."""


class JointBody(Model):
    """A joint body (AöR, Zweckverband, KG): no key of its own, carried by bodies that have one."""

    kind: Literal[BodyKind.JOINT_BODY]
    """Which legal person the body is."""
    official_name: OfficialName
    """The name with its legal form."""
    carried_by: tuple[CarrierKey, ...] = Field(min_length=1)
    """District keys or AGS of the carrying bodies."""
    exists_since: date | None = None
    """The day the body came into being; nothing of it can be older."""


Body = Annotated[Municipality | District | JointBody, Field(discriminator="kind")]
