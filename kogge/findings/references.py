"""Where something is: an object of a cluster, or a thing on a host.

A reference is the exact name, so that the thing can be found again. Its text and its JSON are for people: hidden
characters are escapes there (:mod:`kogge.visible`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kogge.visible import visible


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """One Kubernetes object; ``namespace`` is empty for a cluster-wide one."""

    cluster: str
    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Mapping[str, Any], cluster: str) -> ObjectRef:
        """Return the reference of a manifest that carries ``apiVersion``, ``kind`` and ``metadata.name``."""
        metadata = manifest["metadata"]
        return cls(cluster, manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])

    def to_json(self) -> dict[str, str]:
        """Return the object of the stable JSON output."""
        return {
            "cluster": self.cluster,
            "apiVersion": visible(self.api_version),
            "kind": visible(self.kind),
            "namespace": visible(self.namespace),
            "name": visible(self.name),
        }

    def __str__(self) -> str:
        return f"{visible(self.kind)} {self.place}"

    @property
    def place(self) -> str:
        """Namespace and name, for people."""
        return f"{visible(self.namespace)}/{visible(self.name)}" if self.namespace else visible(self.name)


@dataclass(frozen=True, slots=True, order=True)
class HostRef:
    """One managed thing on a host, for instance role ``database``, item ``pg_hba.conf``."""

    host: str
    role: str
    item: str

    def to_json(self) -> dict[str, str]:
        """Return the object of the stable JSON output."""
        return {"host": self.host, "role": self.role, "item": visible(self.item)}

    def __str__(self) -> str:
        return f"{self.host} {self.role}: {visible(self.item)}"
