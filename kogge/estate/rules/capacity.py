"""Rules that what is promised fits: into the plan, the cluster, its storage, the database host."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from kogge.estate.demand import DatabaseDemand, Demand, database_demand, tenant_demand
from kogge.estate.files.document import Path
from kogge.estate.models.platform import Plan, Platform
from kogge.estate.models.tenant import Stage, Tenant
from kogge.estate.rules.identity import by_age
from kogge.estate.rules.rule import Files, Violation, tenant_file
from kogge.quantity import amount_of, format_bytes, format_cpu

_HUNDRED: Final = Decimal(100)


def plan_holds(files: Files) -> Iterator[Violation]:
    """The sum of a tenant's spaces stays within its plan, a pilot's within its share of it."""
    for stem, tenant in files.tenants.items():
        plan = files.platform.plans.get(tenant.size)
        if plan is None:
            continue
        share = tenant.pilot.share if tenant.stage is Stage.PILOT and tenant.pilot is not None else 100
        demand = tenant_demand(tenant, files.catalogue)
        excess = plan_excess(demand, plan, share)
        if excess:
            whose = f"{share} % of plan {tenant.size!r}" if share < 100 else f"plan {tenant.size!r}"
            hint = _next_plan(demand, files.platform, share)
            yield Violation(tenant_file(stem), ("size",), f"the services need more than {whose}: {excess}", hint)


def plan_excess(demand: Demand, plan: Plan, share: int) -> str:
    """Say what of a demand does not fit into a share (in percent) of a plan; empty where all does."""
    factor = Decimal(share) / _HUNDRED
    pairs = (
        ("CPU", demand.cpu, amount_of(plan.cpu) * factor, format_cpu),
        ("memory", demand.memory, amount_of(plan.memory) * factor, format_bytes),
        ("storage", demand.all_storage, amount_of(plan.storage) * factor, format_bytes),
        ("pods", Decimal(demand.pods), Decimal(plan.pods) * factor, str),
    )
    return ", ".join(f"{name} {show(need)} of {show(limit)}" for name, need, limit, show in pairs if need > limit)


def _next_plan(demand: Demand, platform: Platform, share: int) -> str:
    fitting = [name for name, plan in platform.plans.items() if not plan_excess(demand, plan, share)]
    return (
        f"write size: {fitting[0]}, or run fewer services" if fitting else "run fewer services: no plan is that large"
    )


def cluster_holds(files: Files) -> Iterator[Violation]:
    """The tenants of a cluster fit into its capacity; the latest that does not fit is named."""
    used: dict[str, Demand] = {}
    for stem, tenant in by_age(files.tenants):
        name = tenant.placement.cluster
        cluster = files.platform.clusters.get(name)
        if cluster is None:
            continue
        before = used.get(name, Demand())
        after = before + tenant_demand(tenant, files.catalogue)
        limits = {
            "CPU": (before.cpu, after.cpu, amount_of(cluster.capacity.cpu), format_cpu),
            "memory": (before.memory, after.memory, amount_of(cluster.capacity.memory), format_bytes),
        }
        for storage_class, amount in after.storage.items():
            limit = cluster.capacity.storage.get(storage_class)
            if limit is not None:
                spent = before.storage.get(storage_class, Decimal(0))
                limits[f"storage {storage_class!r}"] = (spent, amount, amount_of(limit), format_bytes)
        excess = [
            f"{what}: {show(need - spent)} needed, {show(limit - spent)} left"
            for what, (spent, need, limit, show) in limits.items()
            if need > limit and need > spent
        ]
        if excess:
            message = f"cluster {name} is full: {', '.join(excess)}"
            hint = "place the tenant on another cluster, or enlarge this one in platform.yaml"
            yield Violation(tenant_file(stem), ("placement", "cluster"), message, hint)
        else:
            used[name] = after


def storage_class_exists(files: Files) -> Iterator[Violation]:
    """The cluster has every storage class that the tenant's services ask for."""
    for stem, tenant in files.tenants.items():
        cluster = files.platform.clusters.get(tenant.placement.cluster)
        if cluster is None:
            continue
        for index, service in enumerate(tenant.services):
            application = files.catalogue.get(service.use)
            if application is None or not service.dedicated:
                continue
            for volume in application.volumes:
                if volume.storage_class not in cluster.capacity.storage:
                    name = tenant.placement.cluster
                    message = f"{service.use} needs the storage class {volume.storage_class!r}, which {name} lacks"
                    hint = f"{name} has: {', '.join(cluster.capacity.storage) or 'none'}"
                    yield Violation(tenant_file(stem), ("services", index, "use"), message, hint)


def database_host_holds(files: Files) -> Iterator[Violation]:
    """The databases of a host fit into its connections and storage; the latest that does not fit is named."""
    used: dict[str, DatabaseDemand] = {}
    for stem, tenant in by_age(files.tenants):
        name = tenant.placement.database_host
        host = files.platform.hosts.get(name)
        if host is None or host.databases is None:
            continue
        before = used.get(name, DatabaseDemand())
        need = database_demand(tenant, files.platform, files.catalogue)
        after, excess = before + need, []
        if after.connections > host.databases.connections and need.connections:
            left = host.databases.connections - before.connections
            excess.append(f"{need.connections} connections needed, {left} left")
        storage = amount_of(host.databases.storage)
        if after.storage > storage and need.storage:
            excess.append(f"{format_bytes(need.storage)} needed, {format_bytes(storage - before.storage)} left")
        if excess:
            path: Path = ("placement", "database_host")
            message, hint = f"database host {name} is full: {', '.join(excess)}", _freer_host(files.platform, name)
            yield Violation(tenant_file(stem), path, message, hint)
        else:
            used[name] = after


def _freer_host(platform: Platform, full: str) -> str:
    others = [name for name, host in platform.hosts.items() if host.databases is not None and name != full]
    return f"place it on another one: {', '.join(others)}" if others else "add a database host to platform.yaml"


def protection_holds(files: Files) -> Iterator[Violation]:
    """The cluster was assessed for the tenant's protection need."""
    for stem, tenant in files.tenants.items():
        cluster = files.platform.clusters.get(tenant.placement.cluster)
        if cluster is not None and tenant.data_protection.protection.rank > cluster.protection.rank:
            message = f"cluster {tenant.placement.cluster} was assessed for the protection need {cluster.protection}"
            fitting = _assessed(tenant, files.platform)
            hint = f"place it on {' or '.join(fitting)}" if fitting else "no cluster was assessed for it yet"
            yield Violation(tenant_file(stem), ("data_protection", "protection"), message, hint)


def _assessed(tenant: Tenant, platform: Platform) -> list[str]:
    need = tenant.data_protection.protection.rank
    return [name for name, cluster in platform.clusters.items() if cluster.protection.rank >= need]
