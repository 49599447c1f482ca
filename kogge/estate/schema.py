"""JSON Schemas of the three kinds of files, for editors and pre-commit hooks.

Generated from the models, so that an editor says what ``kogge validate`` would say. What several
files say together cannot be in a schema.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import Platform
from kogge.estate.models.tenant import Tenant
from kogge.estate.models.values import EXPECTED, Model
from kogge.json_value import Json, JsonObject

MODELS: Final[Mapping[str, type[BaseModel]]] = {"application": Application, "platform": Platform, "tenant": Tenant}
"""Name of a schema file without its ending -> model."""


class _Schema(GenerateJsonSchema):
    """Says exactly what the strict reading accepts."""

    schema_dialect = "https://json-schema.org/draft/2020-12/schema"

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        """Add a pattern: editors seldom check ``format``."""
        pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
        return {**super().date_schema(schema), "pattern": pattern, "examples": ["2026-03-31"]}


def schema_text(name: str) -> str:
    """Return the text of ``schemas/<name>.json``."""
    generated = MODELS[name].model_json_schema(by_alias=True, schema_generator=_Schema)
    described = _described(generated, MODELS[name])
    document = {"$schema": _Schema.schema_dialect, "$id": f"kogge:{name}", "title": f"Kogge: {name}", **described}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _described(generated: JsonObject, model: type[BaseModel]) -> JsonObject:
    """Add to every property what the model's source says about it."""
    document = _tidy(generated)
    assert isinstance(document, dict)  # noqa: S101 (a dict stays a dict; this tells the type checker)
    definitions = document.get("$defs")
    by_name = {m.__name__: m for m in _models()}
    _describe(document, model)
    for name, definition in definitions.items() if isinstance(definitions, dict) else ():
        if name in by_name and isinstance(definition, dict):
            _describe(definition, by_name[name])
    return document


def _describe(definition: JsonObject, model: type[BaseModel]) -> None:
    properties = definition.get("properties")
    texts = dict(_field_docstrings(model))
    for name, field in model.model_fields.items():
        entry = properties.get(field.alias or name) if isinstance(properties, dict) else None
        if isinstance(entry, dict) and name in texts:
            entry["description"] = _one_line(texts[name])


def _models() -> Iterator[type[BaseModel]]:
    waiting: list[type[BaseModel]] = [Model]
    while waiting:
        model = waiting.pop()
        yield model
        waiting += model.__subclasses__()


def _field_docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the string that stands below a field in the source, as editors of Python show it."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            yield field.target.id, below.value.value


def _tidy(node: Json) -> Json:
    """Leave out made-up titles and null (a written key has a value), say patterns in words, one line per text."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    branches = node.get("anyOf")
    if isinstance(branches, list) and {"type": "null"} in branches:
        rest = [branch for branch in branches if branch != {"type": "null"}]
        only = rest[0] if len(rest) == 1 and isinstance(rest[0], dict) else {"anyOf": rest}
        node = {**{k: v for k, v in node.items() if k != "anyOf"}, **only}
    tidy: JsonObject = {}
    for key, value in node.items():
        if (key == "title" and isinstance(value, str)) or (key == "default" and value is None):
            continue
        tidy[key] = _one_line(value) if key == "description" and isinstance(value, str) else _tidy(value)
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    pattern = tidy.get("pattern")
    if isinstance(pattern, str) and pattern in EXPECTED:
        tidy.setdefault("description", f"{EXPECTED[pattern][:1].upper()}{EXPECTED[pattern][1:]}.")
        example = re.search(r"(?:such as|for instance) (\S+)$", EXPECTED[pattern])
        if example is not None:
            tidy.setdefault("examples", [example[1]])
    return tidy


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace(":class:", "").replace(":data:", "")
