"""Who may look and act in a space: the partner's groups, bound to two roles that all tenants share, and Kogge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import (
    OPERATOR_ROLE,
    PROVISIONER_GROUP,
    PROVISIONER_ROLE,
    PROVISIONER_SPACE_ROLE,
    VIEWER_ROLE,
)
from kogge.desired.objects import Concern, DesiredObject, Order


def bound_groups(role: str, groups: Iterable[str]) -> dict[str, Any]:
    """Return the body of a RoleBinding of a ClusterRole to groups.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    """
    api_group = kind_of("ClusterRole").group
    return {
        "roleRef": {"apiGroup": api_group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": api_group, "kind": "Group", "name": group} for group in groups],
    }


def provisioner_binding(space: TenantSpace) -> DesiredObject:
    """Return the binding by which the provisioner may write in the space; it makes it itself, before anything else."""
    body = bound_groups(PROVISIONER_SPACE_ROLE, [PROVISIONER_GROUP])
    manifest = space.manifest("RoleBinding", PROVISIONER_ROLE, body)
    return space.desired(manifest, Concern.ACCESS, Order.GRANTED)


def role_bindings(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield one RoleBinding per role that the tenant's file gives to a group."""
    access = space.tenant.access
    for name, role, groups in (
        ("operators", OPERATOR_ROLE, access.operators),
        ("viewers", VIEWER_ROLE, access.viewers),
    ):
        if groups:
            manifest = space.manifest("RoleBinding", name, bound_groups(role, groups))
            yield space.desired(manifest, Concern.ACCESS, Order.BOUNDARY)
