"""Who may talk to a space and to whom it may talk.

NetworkPolicies only ever add up, so everything starts from ``default-deny``. A namespace is selected by
``kubernetes.io/metadata.name``, which nobody can forge. Traffic from a pod's own node and host-network pods are
outside NetworkPolicy. https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import NAMESPACE_NAME_LABEL
from kogge.desired.objects import Concern, DesiredObject, Order, Removal
from kogge.estate.estate import Grant, space_name
from kogge.estate.models.catalogue import ServicePort

POSTGRESQL_PORT: Final = 5432

Rule = dict[str, Any]


def _policy(
    space: TenantSpace,
    name: str,
    *,
    ingress: list[Rule] | None = None,
    egress: list[Rule] | None = None,
    grant: Grant | None = None,
    removal: Removal = Removal.DELETE,
) -> DesiredObject:
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": []}
    for direction, rules in (("Ingress", ingress), ("Egress", egress)):
        if rules is not None:
            spec["policyTypes"].append(direction)
            if rules:
                spec[direction.lower()] = rules
    manifest = space.manifest("NetworkPolicy", name, {"spec": spec})
    return space.desired(manifest, Concern.NETWORK, Order.BOUNDARY, grant=grant, removal=removal)


def _namespace(name: str) -> Rule:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME_LABEL: name}}}


def _tcp(*ports: int) -> list[Rule]:
    return [{"port": port, "protocol": "TCP"} for port in sorted(ports)]


def network_policies(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield the policies of a space: deny, then one policy per reason to allow."""
    yield _policy(space, "default-deny", ingress=[], egress=[], removal=Removal.STAGED)
    yield _dns(space)
    yield _policy(
        space, "allow-same-space", ingress=[{"from": [{"podSelector": {}}]}], egress=[{"to": [{"podSelector": {}}]}]
    )
    if space.application.browser_port is not None:
        yield _browser(space, space.application.browser_port)
    if space.application.database:
        address = space.estate.platform.hosts[space.tenant.placement.database_host].address
        database = [{"to": [{"ipBlock": {"cidr": f"{address}/32"}}], "ports": _tcp(POSTGRESQL_PORT)}]
        yield _policy(space, "allow-database", egress=database)
    if space.tenant.network.external:
        yield _policy(
            space,
            "allow-external",
            egress=[
                {"to": [{"ipBlock": {"cidr": str(endpoint.to)}}], "ports": _tcp(endpoint.port)}
                for endpoint in space.tenant.network.external
            ],
        )
    yield from _provided(space)
    yield from _consumed(space)


def _dns(space: TenantSpace) -> DesiredObject:
    dns = space.cluster.dns
    peer = {**_namespace(dns.namespace), "podSelector": {"matchLabels": dict(dns.labels)}}
    ports = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    return _policy(space, "allow-dns", egress=[{"to": [peer], "ports": ports}])


def _browser(space: TenantSpace, port: ServicePort) -> DesiredObject:
    ingress = space.cluster.ingress
    peer = {**_namespace(ingress.namespace), "podSelector": {"matchLabels": dict(ingress.labels)}}
    return _policy(space, "allow-ingress", ingress=[{"from": [peer], "ports": _tcp(port.port)}])


def _granted_ports(space: TenantSpace, grant: Grant) -> list[Rule]:
    provided = space.estate.catalogue[grant.service]
    return _tcp(*(port.port for port in provided.ports if port.name in grant.ports))


def _provided(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield the provider's end of each grant that opens a pod path."""
    for grant in space.grants:
        if grant.callers and grant.ports:
            peers = [_namespace(space_name(grant.consumer, caller)) for caller in grant.callers]
            rule = {"from": peers, "ports": _granted_ports(space, grant)}
            yield _policy(space, f"grant-to-{grant.consumer}", ingress=[rule], grant=grant)


def _consumed(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield the consumer's end of each grant whose callers include this space."""
    for grant in space.estate.grants:
        if grant.consumer == space.tenant.name and space.service.use in grant.callers and grant.ports:
            target = space_name(grant.provider, grant.service)
            rule = {"to": [_namespace(target)], "ports": _granted_ports(space, grant)}
            yield _policy(space, f"grant-of-{target}", egress=[rule], grant=grant)
