"""Which API groups a cluster serves beside Kubernetes' own: their objects are not listed, and the report says so.

Some of them matter: a CiliumNetworkPolicy or a route of the Gateway API can open what NetworkPolicies close.
"""

from __future__ import annotations

from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError
from kogge.json_value import items_at, text_at

_BUILT_IN: Final = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""https://kubernetes.io/docs/reference/kubernetes-api/"""


def custom_groups(api: KubeApi) -> tuple[str, ...]:
    """Return the groups of custom resources and of aggregated apiservers, ordered; none if the server does not say."""
    try:
        groups = items_at(api.get("/apis"), "groups")
    except ApiError:
        return ()
    return tuple(sorted({text_at(group, "name") for group in groups} - _BUILT_IN - {""}))
