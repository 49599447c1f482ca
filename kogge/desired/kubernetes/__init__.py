"""Kubernetes side of the desired state: one module per concern, put together here."""

from __future__ import annotations

from kogge.desired.kubernetes.access import provisioner_binding, role_bindings
from kogge.desired.kubernetes.admission import admission
from kogge.desired.kubernetes.material import materials
from kogge.desired.kubernetes.namespace import namespace
from kogge.desired.kubernetes.network import network_policies
from kogge.desired.kubernetes.parameters import parameters
from kogge.desired.kubernetes.probe import probe
from kogge.desired.kubernetes.quota import limits, quota
from kogge.desired.kubernetes.roles import priority_classes, roles
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.workload import workload
from kogge.desired.objects import DesiredObject
from kogge.estate.estate import Estate, dedicated_services
from kogge.estate.models.tenant import Tenant


def spaces(estate: Estate, tenant: Tenant) -> tuple[TenantSpace, ...]:
    """Return the tenant's spaces in the order of its file."""
    return tuple(
        TenantSpace(estate, tenant, service, estate.catalogue[service.use]) for service in dedicated_services(tenant)
    )


def spaces_on(estate: Estate, cluster: str) -> tuple[TenantSpace, ...]:
    """Return every space of a cluster, tenant by tenant."""
    tenants = (tenant for tenant in estate.tenants.values() if tenant.placement.cluster == cluster)
    return tuple(space for tenant in tenants for space in spaces(estate, tenant))


def space_objects(space: TenantSpace) -> tuple[DesiredObject, ...]:
    """Return every object of one space, in the order in which they are made."""
    found = (
        namespace(space),
        provisioner_binding(space),
        quota(space),
        limits(space),
        *network_policies(space),
        *role_bindings(space),
        *materials(space),
        *workload(space),
    )
    return tuple(sorted(found, key=lambda item: item.order))


def tenant_objects(estate: Estate, tenant: Tenant) -> tuple[DesiredObject, ...]:
    """Return everything the tenant's stack makes, space by space."""
    return tuple(item for space in spaces(estate, tenant) for item in space_objects(space))


def platform_objects(estate: Estate) -> tuple[DesiredObject, ...]:
    """Return everything the ``platform`` stack makes, cluster by cluster."""
    return tuple(
        item
        for cluster in sorted(estate.platform.clusters)
        for item in sorted(
            (
                *roles(cluster, read_secrets=estate.platform.nightly.read_secrets),
                *priority_classes(cluster),
                *probe(estate.platform.clusters[cluster], cluster),
                *parameters(estate, cluster, spaces_on(estate, cluster)),
                *admission(estate, cluster),
            ),
            key=lambda item: item.order,
        )
    )
