"""What the cluster itself writes into objects that Kogge owns: a closed table, an exact path per entry.

Only an *added* value is left out, only at exactly this path, and only if it looks like what the cluster writes. So no
entry can hide a value that Kogge declares, nor a key beside it. ``status`` is what controllers report and is never
compared.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kogge.json_difference import Difference, Path
from kogge.json_value import Json, JsonObject, steps

_PER_OBJECT: Final = frozenset({"uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"})
"""Metadata that the apiserver writes and no client can choose."""


def _number(value: Json) -> bool:
    return isinstance(value, str) and value.isdigit()


def _yes(value: Json) -> bool:
    return value == "yes"


def _name(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9.-]{1,253}", value) is not None


def _provisioner(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9./-]{1,253}", value) is not None


def _address(value: Json) -> bool:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _addresses(value: Json) -> bool:
    return isinstance(value, list) and all(_address(item) for item in value)


@dataclass(frozen=True, slots=True)
class ServerManaged:
    """One path that the cluster fills in."""

    kind: str
    path: Path
    reason: str
    looks_right: Callable[[Json], bool]


def _entry(kind: str, path: str, reason: str, looks_right: Callable[[Json], bool]) -> ServerManaged:
    return ServerManaged(kind, steps(path), reason, looks_right)


TABLE: Final = (
    _entry(
        "Deployment",
        "/metadata/annotations/deployment.kubernetes.io~1revision",
        "the deployment controller numbers revisions",
        _number,
    ),
    _entry("Service", "/spec/clusterIP", "allocated; None would make the Service headless and is reported", _address),
    _entry("Service", "/spec/clusterIPs", "the same for each address family", _addresses),
    _entry("PersistentVolumeClaim", "/spec/volumeName", "the volume that the claim was bound to", _name),
    _entry(
        "PersistentVolumeClaim",
        "/metadata/annotations/pv.kubernetes.io~1bind-completed",
        "binding",
        _yes,
    ),
    _entry(
        "PersistentVolumeClaim",
        "/metadata/annotations/pv.kubernetes.io~1bound-by-controller",
        "binding",
        _yes,
    ),
    _entry(
        "PersistentVolumeClaim",
        "/metadata/annotations/volume.kubernetes.io~1storage-provisioner",
        "the provisioner that the storage class names",
        _provisioner,
    ),
    _entry(
        "PersistentVolumeClaim",
        "/metadata/annotations/volume.beta.kubernetes.io~1storage-provisioner",
        "the same under its old name",
        _provisioner,
    ),
    _entry(
        "PersistentVolumeClaim",
        "/metadata/annotations/volume.kubernetes.io~1selected-node",
        "the node for a volume that waits for its first pod",
        _name,
    ),
)


def is_server_managed(kind: str, difference: Difference) -> bool:
    """Tell whether a difference is the cluster's own doing."""
    return difference.expected is None and any(
        entry.kind == kind and entry.path == difference.path and entry.looks_right(difference.found) for entry in TABLE
    )


def comparable(item: JsonObject) -> JsonObject:
    """Return an object without ``status`` and without the metadata that no client can choose."""
    metadata = item.get("metadata")
    rest = {key: value for key, value in item.items() if key != "status"}
    if isinstance(metadata, dict):
        rest["metadata"] = {key: value for key, value in metadata.items() if key not in _PER_OBJECT}
    return rest
