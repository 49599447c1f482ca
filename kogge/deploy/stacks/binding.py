"""Binds the provisioner in spaces of a stack that it made and has no rights in.

A new space gets its binding from Pulumi, right after its namespace. A space lacks one when it comes from a version
that needed none, when a run was killed in between, or when somebody took the binding away; to look into such a space
the provisioner needs it before Pulumi runs.
"""

from __future__ import annotations

from collections.abc import Callable

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound
from kogge.clusters.kinds import kind_of
from kogge.clusters.rights import wait_until_may
from kogge.deploy.plan import DesiredStack
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import StackState
from kogge.deploy.stacks.takeover import strangers
from kogge.desired import DesiredObject, Order
from kogge.desired.kubernetes.vocabulary import FIELD_MANAGER


def bind_own_spaces(
    session: Session, desired: DesiredStack, state: StackState | None, step: Callable[[str], None]
) -> None:
    """Apply the provisioner's binding in every space of the stack that exists, is the stack's own, and has none.

    :raises KoggeError: a cluster does not answer, or the binding has no effect.
    """
    if state is None:
        return
    apis = session.clusters.of_stack(desired.stack, desired.clusters)
    namespaces = {item.space: item for item in desired.items if item.order is Order.NAMESPACE}
    for item in desired.items:
        api, namespace = apis[item.cluster], namespaces.get(item.space)
        if item.order is not Order.GRANTED or namespace is None:
            continue
        if exists(api, item) or not exists(api, namespace) or strangers([namespace], state, apis):
            continue
        step(f"binding the provisioner in {item.space}")
        api.apply(item.manifest, field_manager=FIELD_MANAGER)
        wait_until_may(api, "create", kind_of("Secret"), item.ref.namespace)


def exists(api: KubeApi, item: DesiredObject) -> bool:
    """Tell whether an object is in its cluster. Raises ``ApiError``."""
    try:
        api.get(api.path_of(item.manifest))
    except ApiNotFound:
        return False
    return True
