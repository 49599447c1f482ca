"""The reference pages are those of the models, and name every field: a hint that points there is no dead end."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pytest

from kogge.estate.schema import MODELS, schema_text
from tests.support.checkout import CHECKOUT


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(CHECKOUT / "docs" / "generate_file_reference.py"))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_committed_page_is_that_of_the_model(script: dict[str, Any], name: str) -> None:
    advice = "run: .kogge/python/bin/python docs/generate_file_reference.py"
    assert script["page_of"](name).read_text(encoding="utf-8") == script["reference"](name), advice


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_in_the_reference(script: dict[str, Any], name: str) -> None:
    text = script["reference"](name)
    document = json.loads(schema_text(name))
    for definition in (document, *document["$defs"].values()):
        for field in definition.get("properties", {}):
            assert f"`{field}`" in text, field
