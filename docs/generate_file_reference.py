"""Write the reference pages of the three kinds of files: ``.kogge/python/bin/python docs/generate_file_reference.py``.

Belongs here: what opens a page, and laying a JSON Schema out as Markdown: what an editor shows, on paper. What a field
means stands in its model.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from kogge.estate.schema import schema_text  # noqa: E402 (a script finds the checkout by itself)
from kogge.json_value import Json, JsonObject, items_at, text_at  # noqa: E402

_OPENINGS: Final[Mapping[str, str]] = {
    "tenant": """\
# The tenant file

`tenants/<name>.yaml` describes one partner body. `kogge tenant new` writes it, `kogge validate` checks it, `kogge
tenant fmt` orders it, and `kogge rules` lists every rule with its reason. An editor that reads the first line knows
the fields.

Keys and versions are quoted, because without quotes `01053090` is a number. Dates are year-month-day. Anchors,
aliases and tags are not used: a file says every value where it stands. Letters are composed (NFC), text is UTF-8,
indentation is spaces.

An error confined to one tenant blocks that tenant and its grants; the others go on. Of two tenants that collide,
the later one (`since`, then name) is at fault.
""",
    "application": """\
# The catalogue file

`catalogue/<service>.yaml` describes one shared application: its versions by digest and what a replica needs. An
error here concerns every tenant: nothing is derived from the files until it is mended.
""",
    "platform": """\
# The platform file

`platform.yaml` describes clusters, hosts, sites, registries, plans, keys and state. An error here concerns every
tenant: nothing is derived from the files until it is mended. Relative paths are taken from the data root.
""",
}

_NOTE: Final = """\
Bold fields are required. A written key has a value: to leave a field out, delete its key.

A quantity is one of
[Kubernetes](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/): `500m` or `2` cores,
`4Gi` or `5G` bytes; cores down to the thousandth, bytes whole. With a point or an exponent and no suffix it is quoted:
`"0.5"`, `"500e-3"`.

Generated from the models by `docs/generate_file_reference.py`; a test holds it current.
"""


def page_of(name: str) -> Path:
    """Return where the page of a kind of file lies."""
    return CHECKOUT / "docs" / "reference" / f"{name}-file.md"


def reference(name: str) -> str:
    """Return the page of a kind of file: ``tenant``, ``application`` or ``platform``."""
    schema: JsonObject = json.loads(schema_text(name))
    definitions = schema.get("$defs")
    parts = definitions if isinstance(definitions, dict) else {}
    blocks = [_OPENINGS[name], _NOTE, "## Fields\n", _table(schema, parts)]
    for title, definition in parts.items():
        if isinstance(definition, dict) and "properties" in definition:
            blocks += [f"## {title}\n", f"{text_at(definition, 'description')}\n", _table(definition, parts)]
    return "\n".join(blocks)


def _table(definition: JsonObject, parts: JsonObject) -> str:
    rows = ["| field | value | meaning |", "|---|---|---|", *_rows(definition, parts)]
    return "\n".join(rows) + "\n"


def _rows(definition: JsonObject, parts: JsonObject) -> Iterator[str]:
    required, properties = definition.get("required"), definition.get("properties")
    for field, entry in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(entry, dict):
            continue
        name = f"**`{field}`**" if isinstance(required, list) and field in required else f"`{field}`"
        meaning = text_at(entry, "description") + _default(entry.get("default"))
        yield f"| {name} | {_kind(entry, parts)} | {meaning} |"


def _default(value: Json) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return f" Default: `{str(value).lower() if isinstance(value, bool) else value}`."


def _kind(entry: JsonObject, parts: JsonObject) -> str:
    """Say in a word or two what a value is."""
    reference = text_at(entry, "$ref").rpartition("/")[2]
    if reference:
        target = parts.get(reference)
        words = target.get("enum") if isinstance(target, dict) else None
        return _words(words) if isinstance(words, list) else reference
    if "enum" in entry or "const" in entry:
        words = entry.get("enum")
        return _words(words if isinstance(words, list) else [entry["const"]])
    branches = items_at(entry, "oneOf") or items_at(entry, "anyOf")
    if branches:
        return " or ".join(_kind(branch, parts) for branch in branches)
    return _plain_kind(entry, parts)


def _plain_kind(entry: JsonObject, parts: JsonObject) -> str:
    items = entry.get("items")
    low, high = entry.get("minimum"), entry.get("maximum")
    match entry.get("type"):
        case "array":
            return f"list of {_kind(items, parts)}" if isinstance(items, dict) else "list"
        case "object":
            return f"name -> {_kind(_value_of(entry), parts)}"
        case "integer":
            return f"{low} to {high}" if low is not None and high is not None else "number"
        case "boolean":
            return "true or false"
        case "string":
            return "date" if entry.get("format") == "date" else "text"
        case _:
            return "quantity"


def _value_of(entry: JsonObject) -> JsonObject:
    patterns = entry.get("patternProperties")
    values = [*patterns.values()] if isinstance(patterns, dict) else [entry.get("additionalProperties")]
    return values[0] if isinstance(values[0], dict) else {"type": "string"}


def _words(words: list[Json]) -> str:
    return " \\| ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    for each in _OPENINGS:
        page_of(each).write_text(reference(each), encoding="utf-8")
