"""What a space may take: quota and limits, from the catalogue's requests and the largest number of replicas."""

from __future__ import annotations

from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.objects import Concern, DesiredObject, Order
from kogge.quantity import NOTHING, Quantity, parse_quantity


def space_storage(space: TenantSpace) -> Quantity:
    """Return the bytes of all claims of the space."""
    return sum((parse_quantity(volume.size) for volume in space.application.volumes), NOTHING)


def quota(space: TenantSpace) -> DesiredObject:
    """Return the ResourceQuota: room for the largest number of replicas and a rollout's surge, no more.

    Node ports and load balancers would go round the ingress and are zero.
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    pods = space.replicas_maximum + space.application.replicas.surge
    container = space.container
    hard = {
        "requests.cpu": str(parse_quantity(container.cpu_request) * pods),
        "requests.memory": str(parse_quantity(container.memory_request) * pods),
        "limits.cpu": str(parse_quantity(container.cpu_limit) * pods),
        "limits.memory": str(parse_quantity(container.memory_limit) * pods),
        "pods": str(pods),
        "persistentvolumeclaims": str(len(space.application.volumes)),
        "requests.storage": str(space_storage(space)),
        "services": str(1),
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }
    manifest = space.manifest("ResourceQuota", "space", {"spec": {"hard": hard}})
    return space.desired(manifest, Concern.QUOTA, Order.BOUNDARY)


def limits(space: TenantSpace) -> DesiredObject:
    """Return the LimitRange: a container that names nothing gets the catalogue's values, and none gets more.

    https://kubernetes.io/docs/concepts/policy/limit-range/
    """
    container = space.container
    limit = {"cpu": container.cpu_limit, "memory": container.memory_limit}
    request = {"cpu": container.cpu_request, "memory": container.memory_request}
    item = {"type": "Container", "default": limit, "defaultRequest": request, "max": limit}
    manifest = space.manifest("LimitRange", "space", {"spec": {"limits": [item]}})
    return space.desired(manifest, Concern.QUOTA, Order.BOUNDARY)
