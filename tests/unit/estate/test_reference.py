"""The reference pages are those of the models, and name every field: a hint that points there is no dead end."""

from __future__ import annotations

import json

import pytest

from kogge.estate.reference import reference_text
from kogge.estate.schema import MODELS, schema_text
from tests.support.checkout import CHECKOUT

REFERENCE = CHECKOUT / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_committed_page_is_that_of_the_model(name: str) -> None:
    committed = (REFERENCE / f"{name}-file.md").read_text(encoding="utf-8")
    assert committed == reference_text(name), "run `kogge schemas --write`"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_in_the_reference(name: str) -> None:
    text = reference_text(name)
    document = json.loads(schema_text(name))
    for definition in (document, *document["$defs"].values()):
        for field in definition.get("properties", {}):
            assert f"`{field}`" in text, field
