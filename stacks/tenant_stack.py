"""The program of a tenant's stack: its spaces, and its ends of the grants it takes part in."""

from __future__ import annotations

from collections import defaultdict

from kogge.clusters.connect import connect
from kogge.clusters.identity import Identity
from kogge.clusters.kinds import kind_of
from kogge.clusters.rights import wait_until_may
from kogge.desired import DesiredObject, space_objects, spaces
from kogge.estate.estate import Estate
from kogge.estate.models.tenant import Tenant
from kogge.keyring import Keyring
from modules import Grant, Space
from stacks.provider import kubernetes_provider


def tenant_program(estate: Estate, tenant: Tenant, keyring: Keyring) -> None:
    """Register one ``Space`` per dedicated service and one ``Grant`` per sharing."""
    provider = kubernetes_provider(estate, tenant.placement.cluster, Identity.PROVISIONER)

    def granted(space: str) -> None:
        api = connect(estate, tenant.placement.cluster, Identity.PROVISIONER)
        wait_until_may(api, "create", kind_of("Secret"), space)

    grants: dict[str, list[tuple[Space, DesiredObject]]] = defaultdict(list)
    for space in spaces(estate, tenant):
        items = space_objects(space)
        own = [item for item in items if item.grant is None]
        component = Space(space.name, own, provider=provider, fill=keyring.fill, granted=granted)
        for item in items:
            if item.grant is not None:
                grants[item.grant].append((component, item))
    for name, ends in sorted(grants.items()):
        Grant(name, ends, provider=provider, fill=keyring.fill)
