"""Who may look and act in a space: the partner's own groups, bound to two roles that all tenants share."""

from __future__ import annotations

from collections.abc import Iterable

from kogge.desired.kubernetes.space import Space
from kogge.desired.kubernetes.vocabulary import OPERATOR_ROLE, VIEWER_ROLE
from kogge.desired.objects import Concern, DesiredObject, Order


def role_bindings(space: Space) -> Iterable[DesiredObject]:
    """Yield one RoleBinding per role that the tenant's file gives to a group.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    """
    access = space.tenant.access
    for name, role, groups in (
        ("operators", OPERATOR_ROLE, access.operators),
        ("viewers", VIEWER_ROLE, access.viewers),
    ):
        if groups:
            body = {
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [
                    {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group} for group in groups
                ],
            }
            manifest = space.manifest("RoleBinding", name, body)
            yield space.desired(manifest, Concern.ACCESS, Order.BOUNDARY)
