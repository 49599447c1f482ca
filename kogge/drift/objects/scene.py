"""Everything that one cluster is judged by: values only, so that judging is a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kogge.defaults.record import Learned
from kogge.desired import DesiredObject, platform_objects, tenant_objects
from kogge.desired.kubernetes import spaces_on
from kogge.desired.kubernetes.parameters import replica_bounds
from kogge.estate.estate import PLATFORM, Estate
from kogge.findings import ObjectRef
from kogge.observe.observed import Observed
from kogge.trust import KnownDigests


@dataclass(frozen=True, slots=True)
class Declared:
    """What the files say about one cluster."""

    cluster: str
    objects: Mapping[ObjectRef, DesiredObject]
    spaces: Mapping[str, str]
    """Namespace -> tenant."""
    blocked: Mapping[str, str]
    """Tenants whose file has an error -> that error: what they should have is not known."""
    groups: Mapping[str, str]
    """Group of a partner -> tenant."""
    replicas: Mapping[str, tuple[int, int]]
    """Namespace -> bounds between which an operator may scale, from the files, never from the cluster."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the files say, what was learned, and what runs."""

    declared: Declared
    learned: Learned
    digests: KnownDigests
    """No key is needed to compare a Secret."""
    observed: Observed


def declared_on(estate: Estate, cluster: str) -> Declared:
    """Return what the estate declares on a cluster."""
    tenants = [tenant for tenant in estate.tenants.values() if tenant.placement.cluster == cluster]
    items = [
        *(item for item in platform_objects(estate) if item.cluster == cluster),
        *(item for tenant in tenants for item in tenant_objects(estate, tenant)),
    ]
    here = spaces_on(estate, cluster)
    return Declared(
        cluster,
        {item.ref: item for item in items},
        {space.name: space.tenant.name for space in here},
        dict(estate.blocked),
        {
            group: tenant.name
            for tenant in estate.tenants.values()
            for group in (*tenant.access.operators, *tenant.access.viewers)
        },
        {space.name: replica_bounds(space) for space in here},
    )


def stack_of(item: DesiredObject) -> str:
    """Return the stack that makes an object."""
    return item.tenant or PLATFORM
