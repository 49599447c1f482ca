"""What the estate offers a new tenant: its place, its plan, the versions of its services. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Final

from kogge.errors import KoggeError, UsageError
from kogge.estate.demand import DatabaseDemand, Demand, database_demand, service_demand, tenant_demand
from kogge.estate.estate import Estate
from kogge.estate.models.catalogue import VersionState
from kogge.estate.models.platform import Host
from kogge.estate.models.tenant import Service, Stage, Tenant
from kogge.estate.rules.capacity import plan_excess
from kogge.estate.rules.versions import version_key
from kogge.quantity import amount_of

PILOT_SHARE: Final = 50
"""Percent of the plan that a pilot may use."""


class EstateFull(KoggeError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """No cluster, database host or VPN address is left."""


@dataclass(frozen=True, slots=True)
class PlacementChoice:
    """Where a new tenant goes; written once into its file."""

    cluster: str
    database_host: str
    vpn_address: IPv4Address


def choose_placement(estate: Estate) -> PlacementChoice:
    """Return the cluster and database host with the largest share of free capacity, and the next free VPN address.

    :raises EstateFull: the platform lacks one of them
    """
    clusters = sorted(estate.platform.clusters, key=lambda name: (-_free_share(estate, name), name))
    hosts = {name: host for name, host in estate.platform.hosts.items() if host.databases is not None}
    if not clusters or not hosts:
        message = "platform.yaml has no cluster or no host with `databases`"
        raise EstateFull(message, hint="describe them there first")
    chosen = min(hosts, key=lambda name: (-_free_database_share(estate, name, hosts[name]), name))
    return PlacementChoice(clusters[0], chosen, next_vpn_address(estate))


def next_vpn_address(estate: Estate) -> IPv4Address:
    """Return the lowest free address after the gateway and the first ten, which are kept for the platform.

    :raises EstateFull: all are taken
    """
    network = estate.platform.vpn_network
    taken = {tenant.placement.vpn_address for tenant in estate.tenants.values()}
    first = int(network.network_address) + 10
    for number in range(first, int(network.broadcast_address)):
        if IPv4Address(number) not in taken:
            return IPv4Address(number)
    raise EstateFull(f"no address of {network} is free", hint="enlarge vpn_network in platform.yaml")


def _free_share(estate: Estate, name: str) -> Decimal:
    capacity = estate.platform.clusters[name].capacity
    used = Demand()
    for tenant in _placed(estate, cluster=name):
        used += tenant_demand(tenant, estate.catalogue)
    return min(1 - used.cpu / amount_of(capacity.cpu), 1 - used.memory / amount_of(capacity.memory))


def _free_database_share(estate: Estate, name: str, host: Host) -> Decimal:
    if host.databases is None:
        return Decimal(0)
    used = DatabaseDemand()
    for tenant in _placed(estate, host=name):
        used += database_demand(tenant, estate.platform, estate.catalogue)
    storage = 1 - used.storage / amount_of(host.databases.storage)
    return min(storage, 1 - Decimal(used.connections) / host.databases.connections)


def _placed(estate: Estate, *, cluster: str | None = None, host: str | None = None) -> Iterator[Tenant]:
    for tenant in estate.tenants.values():
        if tenant.placement.cluster == cluster or tenant.placement.database_host == host:
            yield tenant


def choose_version(estate: Estate, service: str) -> str:
    """Return the newest current version that a lighthouse runs; where none runs the service, the newest.

    :raises UsageError: the catalogue has no such application, or no version that may run
    """
    application = estate.catalogue.get(service)
    if application is None:
        known = ", ".join(sorted(estate.catalogue))
        raise UsageError(f"the catalogue has no application {service!r}", hint=f"known: {known}")
    current = [name for name, version in application.versions.items() if version.state is VersionState.CURRENT]
    tried = [
        entry.version
        for tenant in estate.tenants.values()
        for entry in tenant.services
        if tenant.lighthouse and entry.use == service and entry.version
    ]
    limit = max(map(version_key, tried), default=None)
    allowed = [name for name in current if limit is None or version_key(name) <= limit]
    if not allowed:
        raise UsageError(f"no version of {service} may run yet", hint="the catalogue says which are current")
    return max(allowed, key=version_key)


def choose_size(estate: Estate, services: tuple[str, ...], stage: Stage) -> str:
    """Return the smallest plan that holds the services, for a pilot within its share of it; else the largest."""
    demand = Demand()
    for name in services:
        if name in estate.catalogue:
            demand += service_demand(Service(use=name), estate.catalogue[name])
    share = PILOT_SHARE if stage is Stage.PILOT else 100
    plans = sorted(estate.platform.plans.items(), key=lambda item: amount_of(item[1].cpu))
    return next((name for name, plan in plans if not plan_excess(demand, plan, share)), plans[-1][0])
