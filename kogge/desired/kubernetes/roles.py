"""Per cluster: who may do what. Roles that tenants share, and the identities Kogge itself works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from kogge.clusters.kinds import LISTED, Kind, kind_of
from kogge.desired.kubernetes.access import bound_groups
from kogge.desired.kubernetes.platform_object import platform_object
from kogge.desired.kubernetes.vocabulary import (
    NIGHTLY_GROUP,
    NIGHTLY_ROLE,
    OPERATOR_ROLE,
    PROVISIONER_GROUP,
    PROVISIONER_ROLE,
    PROVISIONER_SPACE_ROLE,
    VIEWER_ROLE,
)
from kogge.desired.objects import Concern, DesiredObject, Order

Rule = dict[str, list[str]]

_READ = ["get", "list", "watch"]


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

_WRITE: Final = ["create", "delete", "patch"]

_PROVISION: Final = [
    _rule(_READ + _WRITE, "Namespace"),
    _rule(["create", "get", "patch"], "RoleBinding"),
    _rule(["bind"], "ClusterRole", only=(OPERATOR_ROLE, PROVISIONER_SPACE_ROLE, VIEWER_ROLE)),
]
"""In the whole cluster: to make a space, and to give itself what it needs there. Admission confines the writes."""

_PROVISION_SPACE: Final = [
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
]
"""In a space in which it is bound."""

_WATCHED: Final = (*LISTED, *(kind_of(name) for name in ("PersistentVolume", "IngressClass", "StorageClass")))
"""What the nightly identity may read. That it can list Secrets is a stated fact of the report."""


def roles(cluster: str, *, read_secrets: bool = True) -> Iterable[DesiredObject]:
    """Yield the tenants' ClusterRoles, and roles and bindings of the provisioner and the nightly reader.

    ``read_secrets`` says whether the nightly reader may list Secrets.
    """
    watch = _rules_by_group(_READ, [kind for kind in _WATCHED if read_secrets or kind.kind != "Secret"])
    for name, rules in (
        (OPERATOR_ROLE, _OPERATE),
        (VIEWER_ROLE, _LOOK),
        (PROVISIONER_ROLE, _PROVISION),
        (PROVISIONER_SPACE_ROLE, _PROVISION_SPACE),
        (NIGHTLY_ROLE, watch),
    ):
        yield platform_object(cluster, "ClusterRole", name, {"rules": rules}, Concern.ACCESS, Order.BOUNDARY)
    for name, group in ((PROVISIONER_ROLE, PROVISIONER_GROUP), (NIGHTLY_ROLE, NIGHTLY_GROUP)):
        body = bound_groups(name, [group])
        yield platform_object(cluster, "ClusterRoleBinding", name, body, Concern.ACCESS, Order.MATERIAL)


def priority_classes(cluster: str) -> Iterable[DesiredObject]:
    """Yield the two PriorityClasses: members before pilots.

    https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
    """
    for name, value, text in (
        ("kogge-member", 1000, "Services of members"),
        ("kogge-pilot", 100, "Services of pilots: they give way to members"),
    ):
        body = {"value": value, "globalDefault": False, "description": text, "preemptionPolicy": "Never"}
        yield platform_object(cluster, "PriorityClass", name, body, Concern.QUOTA, Order.BOUNDARY)
