"""Desired objects as text: a YAML stream in canonical order, the same for the same files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from kogge.derived import by_name
from kogge.desired.objects import DesiredObject, HostDocument

_FIRST = ("apiVersion", "kind", "metadata")


def _ordered(value: Any, *, top: bool = False) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (_FIRST.index(key) if top and key in _FIRST else len(_FIRST), key))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value


def yaml_stream(items: Iterable[DesiredObject]) -> str:
    """Return one YAML document per object, each after ``---``; keys in alphabetical order behind the usual head."""
    return "".join(
        "---\n"
        + yaml.dump(
            _ordered(by_name(item.manifest), top=True),
            Dumper=yaml.CSafeDumper,
            sort_keys=False,
            allow_unicode=True,
            width=120,
        )
        for item in items
    )


def host_yaml_stream(documents: Iterable[HostDocument]) -> str:
    """Return one YAML document per role of a host, each after ``---`` and its name."""
    return "".join(
        f"---\n# {document.host}: {document.role}\n"
        + yaml.dump(by_name(document.content), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)
        for document in documents
    )
