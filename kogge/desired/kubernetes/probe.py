"""Per cluster: where the provisioner may ask what a server fills in, and nothing but ask.

That only dry runs pass there is admission's to hold (``admission``); what is asked is ``kogge.defaults``' to say.
"""

from __future__ import annotations

from collections.abc import Iterable

from kogge.desired.kubernetes.access import bound_groups
from kogge.desired.kubernetes.namespace import pod_security
from kogge.desired.kubernetes.platform_object import platform_object
from kogge.desired.kubernetes.vocabulary import (
    PROBE_NAMESPACE,
    PROVISIONER_GROUP,
    PROVISIONER_ROLE,
    PROVISIONER_SPACE_ROLE,
)
from kogge.desired.objects import Concern, DesiredObject, Order
from kogge.estate.models.platform import Cluster


def probe(of: Cluster, cluster: str) -> Iterable[DesiredObject]:
    """Yield the namespace and the provisioner's binding in it: no quota and no tenant's label, which would interfere.

    ``of`` is what the files say of ``cluster``.
    """
    yield platform_object(
        cluster, "Namespace", PROBE_NAMESPACE, {}, Concern.ACCESS, Order.NAMESPACE, labels=pod_security(of)
    )
    yield platform_object(
        cluster,
        "RoleBinding",
        PROVISIONER_ROLE,
        bound_groups(PROVISIONER_SPACE_ROLE, [PROVISIONER_GROUP]),
        Concern.ACCESS,
        Order.MATERIAL,
        namespace=PROBE_NAMESPACE,
    )
