"""The estate: everything the files describe, checked as a whole and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from kogge.errors import KoggeError
from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import Cluster, Platform
from kogge.estate.models.tenant import Offer, Service, ServiceState, Stage, Tenant

PLATFORM: Final = "platform"
"""The owner, and the stack, of what is nobody's own; no tenant may bear the name."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A sharing that both files state."""

    provider: str
    service: str
    consumer: str
    hostname: str | None
    """Under which the consumer's people reach the service by browser; an Ingress host in the provider's space."""
    callers: tuple[str, ...]
    """Dedicated services of the consumer whose pods may call the provider's space."""
    ports: tuple[str, ...]
    """Names of the ports they may call."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The files of one data root, read, typed and cross-checked.

    A tenant with an error of its own is not in ``tenants`` but in ``blocked``; the rest goes on.
    """

    root: Path
    as_of: date
    platform: Platform
    catalogue: Mapping[str, Application]
    tenants: Mapping[str, Tenant]
    blocked: Mapping[str, str]
    """Name of a tenant with an error in its file -> the first message."""
    grants: tuple[Grant, ...]

    def tenant(self, name: str) -> Tenant:
        """Return the tenant of that name.

        :raises KoggeError: there is none, or its file has an error.
        """
        if name in self.blocked:
            raise KoggeError(f"its file has an error: {self.blocked[name]}", hint="kogge validate")
        if name not in self.tenants:
            raise KoggeError(
                f"there is no tenant {name!r} in {self.root / 'tenants'}", hint="kogge tenant list shows them"
            )
        return self.tenants[name]

    def cluster_of(self, tenant: Tenant) -> Cluster:
        """Return the cluster the tenant is placed on."""
        return self.platform.clusters[tenant.placement.cluster]

    def path(self, relative: str) -> Path:
        """Return a path of ``platform.yaml``, taken from the data root unless it is absolute."""
        return self.root / Path(relative).expanduser()


def dedicated_services(tenant: Tenant) -> tuple[Service, ...]:
    """Return the services the tenant runs itself, in the order of its file, without removed ones."""
    if tenant.stage is Stage.CLOSED:
        return ()
    return tuple(s for s in tenant.services if s.dedicated and s.state is not ServiceState.REMOVED)


def offer_covers(offer: Offer, consumer: Tenant) -> bool:
    """Tell whether an offer names the consumer or a class the consumer belongs to."""
    if isinstance(offer.to, tuple):
        return consumer.name in offer.to
    return consumer.stage is Stage.MEMBER


def space_name(tenant: str, service: str) -> str:
    """Return the namespace of a tenant's dedicated service; injective, for neither part contains ``--``."""
    return f"{tenant}--{service}"
