"""The two values every later room reads: one desired object of a cluster, one document of a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from kogge.findings import ObjectRef

Manifest = Mapping[str, Any]
"""A Kubernetes object as the apiserver takes it; a :class:`Derived` may stand for a string."""


class Concern(StrEnum):
    """Why an object exists."""

    NAMESPACE = "namespace"
    QUOTA = "quota"
    NETWORK = "network"
    ACCESS = "access"
    WORKLOAD = "workload"
    ADMISSION = "admission"


class Order(IntEnum):
    """Which objects must be there before others; deletion goes backwards."""

    NAMESPACE = 0
    GRANTED = 1
    """The right to write anything else there."""
    BOUNDARY = 2
    """Quota, limits, policies, access: before anything runs."""
    MATERIAL = 3
    """Secrets, settings, accounts, claims."""
    WORKLOAD = 4
    ENTRANCE = 5
    """Services, ingresses, budgets."""


class Removal(StrEnum):
    """What may happen when an object leaves the desired state."""

    DELETE = "delete"
    """Nothing is lost: it can be made again from the files."""
    STAGED = "staged"
    """Holds data or isolation: only a staged removal takes it away; Pulumi protects it."""


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """One object that must exist in one cluster."""

    manifest: Manifest
    cluster: str
    tenant: str | None
    """None: the platform's own."""
    space: str | None
    """The namespace that isolates one dedicated service; None for cluster-wide objects."""
    concern: Concern
    order: Order
    grant: str | None = None
    """``<provider>/<service>/<consumer>`` for the two ends of a grant."""
    sensitive_paths: tuple[str, ...] = ()
    """JSON pointers whose values never appear in a report."""
    delegated_paths: tuple[str, ...] = ()
    """JSON pointers that somebody else may set within bounds: neither drift nor reset by ``up``."""
    removal: Removal = Removal.DELETE

    @property
    def ref(self) -> ObjectRef:
        """Where the object is."""
        return ObjectRef.of(self.manifest, self.cluster)

    @property
    def resource_name(self) -> str:
        """The name of the resource in its stack: ``<namespace>/<name>``; a space's namespace has its own name.

        The platform's objects are named ``<cluster>/<name>``: every cluster has them, and a URN does not name its
        parent.
        """
        ref = self.ref
        if self.tenant is None:
            return f"{self.cluster}/{ref.name}"
        return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


@dataclass(frozen=True, slots=True)
class HostDocument:
    """Everything one role must make true on one host, as one document.

    ``content`` is JSON with :class:`Derived` where a secret belongs.
    """

    host: str
    role: str
    content: Mapping[str, Any]
    order: int
    sensitive_paths: tuple[str, ...] = ()
    delegated_paths: tuple[str, ...] = ()
