"""What every object of a space is built from: the tenant, the service, and what the catalogue yields for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.vocabulary import (
    OWNED_BY,
    OWNED_LABEL,
    PULUMI_ANNOTATIONS,
    SERVICE_LABEL,
    TENANT_LABEL,
)
from kogge.desired.objects import Concern, DesiredObject, Order, Removal
from kogge.estate.estate import Estate, Grant, space_name
from kogge.estate.models.catalogue import Application, Container
from kogge.estate.models.platform import Cluster
from kogge.estate.models.tenant import Service, ServiceState, Tenant


@dataclass(frozen=True, slots=True)
class TenantSpace:
    """One dedicated service of one tenant, with everything its objects follow from."""

    estate: Estate
    tenant: Tenant
    service: Service
    application: Application

    @property
    def name(self) -> str:
        """The namespace."""
        return space_name(self.tenant.name, self.service.use)

    @property
    def cluster(self) -> Cluster:
        """The cluster the space lives on."""
        return self.estate.cluster_of(self.tenant)

    @property
    def retiring(self) -> bool:
        """Whether the service is scaled to zero and kept for export."""
        return self.service.state is ServiceState.RETIRING

    @property
    def replicas(self) -> int:
        """Replicas that are there when nobody scaled: catalogue, or the deviation of the tenant's file."""
        if self.retiring:
            return 0
        deviation = self.service.deviation
        if deviation is not None and deviation.replicas is not None:
            return deviation.replicas
        return self.application.replicas.default

    @property
    def replicas_maximum(self) -> int:
        """Replicas that the quota and the admission policies leave room for."""
        return max(self.replicas, self.application.replicas.maximum)

    @property
    def container(self) -> Container:
        """Requests and limits of one replica: catalogue, or the deviation of the tenant's file."""
        deviation = self.service.deviation
        if deviation is None:
            return self.application.container
        overrides = {"cpu_limit": deviation.cpu_limit, "memory_limit": deviation.memory_limit}
        limits = {name: value for name, value in overrides.items() if value is not None}
        return self.application.container.model_copy(update=limits)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Grants that this space provides, ordered by consumer."""
        return tuple(g for g in self.estate.grants if (g.provider, g.service) == (self.tenant.name, self.service.use))

    def labels(self) -> dict[str, str]:
        """Labels of every object of the space."""
        return {OWNED_LABEL: OWNED_BY, TENANT_LABEL: self.tenant.name, SERVICE_LABEL: self.service.use}

    def manifest(
        self,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        annotations: Mapping[str, str] = PULUMI_ANNOTATIONS,
    ) -> dict[str, Any]:
        """Return a namespaced manifest with the labels and annotations that every object carries."""
        metadata = {"name": name, "namespace": self.name, "labels": self.labels(), "annotations": annotations}
        return {"apiVersion": kind_of(kind).api_version, "kind": kind, "metadata": metadata, **body}

    def desired(
        self,
        manifest: Mapping[str, Any],
        concern: Concern,
        order: Order,
        *,
        grant: Grant | None = None,
        sensitive_paths: tuple[str, ...] = (),
        delegated_paths: tuple[str, ...] = (),
        removal: Removal = Removal.DELETE,
    ) -> DesiredObject:
        """Return the manifest as a desired object of this space."""
        return DesiredObject(
            manifest=manifest,
            cluster=self.tenant.placement.cluster,
            tenant=self.tenant.name,
            space=self.name,
            concern=concern,
            order=order,
            grant=f"{grant.provider}/{grant.service}/{grant.consumer}" if grant else None,
            sensitive_paths=sensitive_paths,
            delegated_paths=delegated_paths,
            removal=removal,
        )
