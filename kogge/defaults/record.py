"""What was learned when objects were applied, kept in files: the server's defaults, and what each stack applied last.

The files lie beside the other records of a data root and are trusted as these are; nothing in them was ever read from
a live object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kogge.atomic import write_atomically
from kogge.defaults.shape import Defaults
from kogge.findings import ObjectRef
from kogge.json_value import Json, JsonObject, at

KEPT_VERSIONS: Final = 2
"""Server versions kept: while a cluster is upgraded, two answer."""
KEPT_TEMPLATES: Final = 6
"""Pod templates kept per Deployment: more than any revision history here."""


@dataclass(frozen=True, slots=True)
class AppliedManifests:
    """What one stack applied last in one cluster. Digests only."""

    manifests: Mapping[str, str]
    """Key of an object -> digest of its manifest."""
    templates: Mapping[str, tuple[str, ...]]
    """Key of a Deployment -> digests of the pod templates it was given, the newest first."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything learned about one cluster."""

    defaults: Mapping[str, Mapping[str, Defaults]] = field(default_factory=dict)
    """Server version -> key of a shape -> what the server makes of it."""
    applied: Mapping[str, AppliedManifests] = field(default_factory=dict)
    """Stack -> what it applied."""

    def for_shape(self, version: str, api_version: str, kind: str, shape: str) -> Defaults | None:
        """Return the defaults of a shape; None: not learned."""
        return self.defaults.get(version, {}).get(shape_key(api_version, kind, shape))


def shape_key(api_version: str, kind: str, shape: str) -> str:
    """Return the key under which a shape is kept."""
    return f"{api_version} {kind} {shape[:32]}"


def object_key(ref: ObjectRef) -> str:
    """Return the key under which an object is kept."""
    return f"{ref.api_version} {ref.kind} {ref.namespace}/{ref.name}"


def read_learned(directory: Path, cluster: str) -> Learned:
    """Return what is known about a cluster; nothing where a file is missing or no record of Kogge's.

    A lost or damaged file makes the check say ``unknown``, never ``clean``.
    """
    applied = {path.stem: _applied(path) for path in sorted((directory / cluster).glob("*.json"))}
    return Learned(
        read_defaults(directory, cluster), {stack: found for stack, found in applied.items() if found is not None}
    )


def read_defaults(directory: Path, cluster: str) -> dict[str, dict[str, Defaults]]:
    """Return the defaults by server version and key of a shape."""
    versions = at(_read(_defaults_path(directory, cluster)), "versions")
    found: dict[str, dict[str, Defaults]] = {}
    for version, shapes in versions.items() if isinstance(versions, dict) else ():
        try:
            found[version] = {
                key: Defaults.from_json(value) for key, value in (shapes if isinstance(shapes, dict) else {}).items()
            }
        except (TypeError, ValueError):
            continue
    return found


def write_defaults(directory: Path, cluster: str, defaults: Mapping[str, Mapping[str, Defaults]], version: str) -> None:
    """Keep the defaults of ``version`` and of the latest other ones."""
    others = [known for known in defaults if known != version]
    kept = [*others[len(others) - (KEPT_VERSIONS - 1) :], version]
    versions = {
        name: {key: value.to_json() for key, value in sorted(defaults[name].items())}
        for name in kept
        if name in defaults
    }
    write_atomically(
        _defaults_path(directory, cluster), json.dumps({"version": 1, "versions": versions}, indent=1) + "\n"
    )


def read_applied(directory: Path, cluster: str, stack: str) -> AppliedManifests | None:
    """Return what a stack applied last in a cluster; None if there is no record that can be read."""
    return _applied(_applied_path(directory, cluster, stack))


def write_applied(directory: Path, cluster: str, stack: str, applied: AppliedManifests) -> None:
    """Keep what a stack applied."""
    document = {
        "version": 1,
        "manifests": dict(sorted(applied.manifests.items())),
        "templates": {key: list(digests) for key, digests in sorted(applied.templates.items())},
    }
    write_atomically(_applied_path(directory, cluster, stack), json.dumps(document, indent=1) + "\n")


def _defaults_path(directory: Path, cluster: str) -> Path:
    return directory / f"{cluster}.json"


def _applied_path(directory: Path, cluster: str, stack: str) -> Path:
    return directory / cluster / f"{stack}.json"


def _read(path: Path) -> JsonObject:
    try:
        document: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) and document.get("version") == 1 else {}


def _applied(path: Path) -> AppliedManifests | None:
    document = _read(path)
    manifests, templates = document.get("manifests"), document.get("templates")
    if not isinstance(manifests, dict) or not isinstance(templates, dict):
        return None
    return AppliedManifests(
        {key: str(value) for key, value in manifests.items()},
        {
            key: tuple(str(entry) for entry in value) if isinstance(value, list) else ()
            for key, value in templates.items()
        },
    )
