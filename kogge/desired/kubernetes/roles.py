"""Per cluster: who may do what. Roles that tenants share, and the identities Kogge itself works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kogge.clusters.kinds import LISTED, Kind, kind_of
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

Rule = dict[str, list[str]]

_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "patch", "update"]


def _rule(verbs: list[str], *names: str, part: str = "", only: Iterable[str] = ()) -> Rule:
    """Return a rule on kinds of one API group, or on their subresource ``part``; ``only`` names single objects."""
    kinds = [kind_of(name) for name in names]
    (group,) = {kind.group for kind in kinds}
    resources = sorted(f"{kind.plural}/{part}" if part else kind.plural for kind in kinds)
    names_of_objects = {"resourceNames": [*only]} if only else {}
    return {"apiGroups": [group], "resources": resources, **names_of_objects, "verbs": sorted(verbs)}


def _rules_by_group(verbs: list[str], kinds: Iterable[Kind]) -> list[Rule]:
    groups: dict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        groups[kind.group].append(kind.kind)
    return [_rule(verbs, *names) for _, names in sorted(groups.items())]


_LOOK: Final = [
    _rule(
        _READ,
        "ConfigMap",
        "Event",
        "LimitRange",
        "PersistentVolumeClaim",
        "Pod",
        "ResourceQuota",
        "ServiceAccount",
        "Service",
    ),
    _rule(_READ, "Deployment", "ReplicaSet"),
    _rule(_READ, "EndpointSlice"),
    _rule(_READ, "Ingress", "NetworkPolicy"),
    _rule(_READ, "PodDisruptionBudget"),
    _rule(_READ, "RoleBinding"),
]

_OPERATE: Final = [
    *_LOOK,
    _rule(["get"], "Pod", part="log"),
    _rule(["delete"], "Pod"),
    _rule(["create"], "Pod", part="eviction"),
    _rule(["get", "patch", "update"], "Deployment", part="scale"),
]

_PROVISION: Final = [
    _rule(_READ + _WRITE, "Namespace"),
    _rule(
        _READ + _WRITE,
        "ConfigMap",
        "LimitRange",
        "PersistentVolumeClaim",
        "ResourceQuota",
        "Secret",
        "ServiceAccount",
        "Service",
    ),
    _rule(_READ, "Event", "Pod", "Endpoints"),
    _rule(_READ + _WRITE, "Deployment"),
    _rule(_READ, "ReplicaSet"),
    _rule(_READ, "EndpointSlice"),
    _rule(_READ + _WRITE, "Ingress", "NetworkPolicy"),
    _rule(_READ + _WRITE, "PodDisruptionBudget"),
    _rule(_READ + _WRITE, "RoleBinding"),
    _rule(["bind"], "ClusterRole", only=(OPERATOR_ROLE, VIEWER_ROLE)),
]

_WATCHED: Final = (*LISTED, *(kind_of(name) for name in ("PersistentVolume", "IngressClass", "StorageClass")))
"""What the nightly identity may read. That it can list Secrets is a stated fact of the report."""


def _object(cluster: str, kind: str, name: str, body: Mapping[str, Any], order: Order) -> DesiredObject:
    metadata = {"name": name, "labels": {OWNED_LABEL: OWNED_BY}, "annotations": PULUMI_ANNOTATIONS}
    manifest = {"apiVersion": kind_of(kind).api_version, "kind": kind, "metadata": metadata, **body}
    return DesiredObject(
        manifest=manifest, cluster=cluster, tenant=None, space=None, concern=Concern.ACCESS, order=order
    )


def roles(cluster: str, *, read_secrets: bool = True) -> Iterable[DesiredObject]:
    """Yield the tenants' ClusterRoles, and role and binding of the provisioner and the nightly reader.

    ``read_secrets`` says whether the nightly reader may list Secrets.
    """
    yield _object(cluster, "ClusterRole", OPERATOR_ROLE, {"rules": _OPERATE}, Order.BOUNDARY)
    yield _object(cluster, "ClusterRole", VIEWER_ROLE, {"rules": _LOOK}, Order.BOUNDARY)
    watch = _rules_by_group(_READ, [kind for kind in _WATCHED if read_secrets or kind.kind != "Secret"])
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
            "apiVersion": kind_of("PriorityClass").api_version,
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
