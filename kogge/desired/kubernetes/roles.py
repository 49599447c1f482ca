"""Per cluster: who may do what. Roles that tenants share, and the identities Kogge itself works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kogge.desired.kubernetes.vocabulary import (
    NIGHTLY_GROUP,
    OPERATOR_ROLE,
    OWNED_BY,
    OWNED_LABEL,
    PROVISIONER_GROUP,
    PULUMI_ANNOTATIONS,
    VIEWER_ROLE,
)
from kogge.desired.objects import Concern, DesiredObject, Order

API: Final = "rbac.authorization.k8s.io/v1"

Rule = dict[str, list[str]]

_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "patch", "update"]


def _rule(group: str, resources: list[str], verbs: list[str]) -> Rule:
    return {"apiGroups": [group], "resources": sorted(resources), "verbs": sorted(verbs)}


_LOOK: Final = [
    _rule(
        "",
        [
            "configmaps",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "resourcequotas",
            "serviceaccounts",
            "services",
        ],
        _READ,
    ),
    _rule("apps", ["deployments", "replicasets"], _READ),
    _rule("discovery.k8s.io", ["endpointslices"], _READ),
    _rule("networking.k8s.io", ["ingresses", "networkpolicies"], _READ),
    _rule("policy", ["poddisruptionbudgets"], _READ),
    _rule("rbac.authorization.k8s.io", ["rolebindings"], _READ),
]

_OPERATE: Final = [
    *_LOOK,
    _rule("", ["pods/log"], ["get"]),
    _rule("", ["pods"], ["delete"]),
    _rule("", ["pods/eviction"], ["create"]),
    _rule("apps", ["deployments/scale"], ["get", "patch", "update"]),
]

_PROVISION: Final = [
    _rule("", ["namespaces"], _READ + _WRITE),
    _rule(
        "",
        [
            "configmaps",
            "limitranges",
            "persistentvolumeclaims",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
        ],
        _READ + _WRITE,
    ),
    _rule("", ["events", "pods", "endpoints"], _READ),
    _rule("apps", ["deployments"], _READ + _WRITE),
    _rule("apps", ["replicasets"], _READ),
    _rule("discovery.k8s.io", ["endpointslices"], _READ),
    _rule("networking.k8s.io", ["ingresses", "networkpolicies"], _READ + _WRITE),
    _rule("policy", ["poddisruptionbudgets"], _READ + _WRITE),
    _rule("rbac.authorization.k8s.io", ["rolebindings"], _READ + _WRITE),
    {
        "apiGroups": ["rbac.authorization.k8s.io"],
        "resources": ["clusterroles"],
        "resourceNames": [OPERATOR_ROLE, VIEWER_ROLE],
        "verbs": ["bind"],
    },
]

_WATCHED_GROUPS: Final[Mapping[str, list[str]]] = {
    "": [
        "configmaps",
        "endpoints",
        "limitranges",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "podtemplates",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "serviceaccounts",
        "services",
    ],
    "admissionregistration.k8s.io": [
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    ],
    "apps": ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
    "autoscaling": ["horizontalpodautoscalers"],
    "batch": ["cronjobs", "jobs"],
    "coordination.k8s.io": ["leases"],
    "discovery.k8s.io": ["endpointslices"],
    "networking.k8s.io": ["ingressclasses", "ingresses", "networkpolicies"],
    "policy": ["poddisruptionbudgets"],
    "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
    "scheduling.k8s.io": ["priorityclasses"],
    "storage.k8s.io": ["storageclasses"],
}
"""What the nightly check lists. That it can list Secrets is a stated fact of the report."""


def _object(cluster: str, kind: str, name: str, body: Mapping[str, Any], order: Order) -> DesiredObject:
    metadata = {"name": name, "labels": {OWNED_LABEL: OWNED_BY}, "annotations": PULUMI_ANNOTATIONS}
    manifest = {"apiVersion": API, "kind": kind, "metadata": metadata, **body}
    return DesiredObject(
        manifest=manifest, cluster=cluster, tenant=None, space=None, concern=Concern.ACCESS, order=order
    )


def roles(cluster: str, *, read_secrets: bool = True) -> Iterable[DesiredObject]:
    """Yield the tenants' ClusterRoles, and role and binding of the provisioner and the nightly reader.

    ``read_secrets`` says whether the nightly reader may list Secrets.
    """
    yield _object(cluster, "ClusterRole", OPERATOR_ROLE, {"rules": _OPERATE}, Order.BOUNDARY)
    yield _object(cluster, "ClusterRole", VIEWER_ROLE, {"rules": _LOOK}, Order.BOUNDARY)
    hidden = set() if read_secrets else {"secrets"}
    watch = [
        _rule(group, [name for name in resources if name not in hidden], _READ)
        for group, resources in _WATCHED_GROUPS.items()
    ]
    for name, rules, group in (
        ("kogge-provisioner", _PROVISION, PROVISIONER_GROUP),
        ("kogge-nightly", watch, NIGHTLY_GROUP),
    ):
        yield _object(cluster, "ClusterRole", name, {"rules": rules}, Order.BOUNDARY)
        body = {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
        }
        yield _object(cluster, "ClusterRoleBinding", name, body, Order.MATERIAL)


def priority_classes(cluster: str) -> Iterable[DesiredObject]:
    """Yield the two PriorityClasses: members before pilots.

    https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
    """
    for name, value, text in (
        ("kogge-member", 1000, "Services of members"),
        ("kogge-pilot", 100, "Services of pilots: they give way to members"),
    ):
        manifest = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name, "labels": {OWNED_LABEL: OWNED_BY}, "annotations": PULUMI_ANNOTATIONS},
            "value": value,
            "globalDefault": False,
            "description": text,
            "preemptionPolicy": "Never",
        }
        yield DesiredObject(
            manifest=manifest,
            cluster=cluster,
            tenant=None,
            space=None,
            concern=Concern.QUOTA,
            order=Order.BOUNDARY,
        )
