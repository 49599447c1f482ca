"""Which lists of Kubernetes objects are lists, and which are maps or sets that JSON writes as lists.

A list that is not named here is compared element by element, in order: never too leniently.
Source: ``x-kubernetes-list-type`` and ``x-kubernetes-list-map-keys`` of the OpenAPI documents; where a list is atomic
there but its order means nothing to whoever reads it (RBAC rules, NetworkPolicy peers, tolerations), it is a set here.
"""

from __future__ import annotations

from typing import Final

_KEYED: Final[dict[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""Field -> keys that tell its elements apart. ``env`` is not here: a later entry may refer to an earlier one."""

_SETS: Final = frozenset(
    {
        "accessModes",
        "add",
        "apiGroups",
        "apiVersions",
        "drop",
        "finalizers",
        "matchExpressions",
        "nonResourceURLs",
        "operations",
        "policyTypes",
        "resourceNames",
        "resourceRules",
        "resources",
        "subjects",
        "tolerations",
        "validationActions",
        "values",
        "verbs",
    }
)

_SETS_OF_KIND: Final[dict[str, frozenset[str]]] = {
    "ClusterRole": frozenset({"rules"}),
    "LimitRange": frozenset({"limits"}),
    "NetworkPolicy": frozenset({"ingress", "egress", "from", "to", "ports"}),
    "Role": frozenset({"rules"}),
}
_KEYED_OF_KIND: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Service": {"ports": ("port", "protocol")},
    "Deployment": {"ports": ("containerPort", "protocol")},
    "Pod": {"ports": ("containerPort", "protocol")},
    "ReplicaSet": {"ports": ("containerPort", "protocol")},
}


def keys_of(kind: str, field: str) -> tuple[str, ...] | None:
    """Return the merge keys of a list, ``()`` for a set, None where the order counts."""
    if field in _SETS_OF_KIND.get(kind, ()) or field in _SETS:
        return ()
    return _KEYED_OF_KIND.get(kind, {}).get(field) or _KEYED.get(field)
