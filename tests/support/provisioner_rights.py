"""What the provisioner may do, right by right: more in its roles, or less, makes a test fail."""

from __future__ import annotations

from typing import Final

READ: Final = {"get", "list", "watch"}
KEEP: Final = {*READ, "create", "delete", "patch"}

IN_THE_CLUSTER: Final = {
    "/namespaces": KEEP,
    "rbac.authorization.k8s.io/rolebindings": {"create", "get", "patch"},
    "rbac.authorization.k8s.io/clusterroles": {"bind"},
}
"""``group/resource`` -> verbs, in every namespace; admission confines the writes to spaces."""

IN_A_SPACE: Final = {
    **dict.fromkeys(
        (
            "/configmaps",
            "/limitranges",
            "/persistentvolumeclaims",
            "/resourcequotas",
            "/secrets",
            "/serviceaccounts",
            "/services",
            "apps/deployments",
            "networking.k8s.io/ingresses",
            "networking.k8s.io/networkpolicies",
            "policy/poddisruptionbudgets",
            "rbac.authorization.k8s.io/rolebindings",
        ),
        KEEP,
    ),
    **dict.fromkeys(
        ("/endpoints", "/events", "/pods", "apps/replicasets", "discovery.k8s.io/endpointslices"),
        READ,
    ),
}
"""``group/resource`` -> verbs, where it is bound."""
