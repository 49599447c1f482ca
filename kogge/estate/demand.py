"""What tenants ask of a cluster and of a database host: pure arithmetic over catalogue and plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kogge.estate.estate import dedicated_services
from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import Platform
from kogge.estate.models.tenant import Service, Tenant
from kogge.quantity import amount_of

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests of CPU (cores) and memory (bytes), pods, storage by class (bytes)."""

    cpu: Decimal = _NOTHING
    memory: Decimal = _NOTHING
    pods: int = 0
    storage: Mapping[str, Decimal] = field(default_factory=dict)

    def __add__(self, other: Demand) -> Demand:
        storage = {
            name: self.storage.get(name, _NOTHING) + other.storage.get(name, _NOTHING)
            for name in {**self.storage, **other.storage}
        }
        return Demand(self.cpu + other.cpu, self.memory + other.memory, self.pods + other.pods, storage)

    @property
    def all_storage(self) -> Decimal:
        """Bytes over all classes."""
        return sum(self.storage.values(), _NOTHING)


@dataclass(frozen=True, slots=True)
class DatabaseDemand:
    """Connections and bytes on a database host."""

    connections: int = 0
    storage: Decimal = _NOTHING

    def __add__(self, other: DatabaseDemand) -> DatabaseDemand:
        return DatabaseDemand(self.connections + other.connections, self.storage + other.storage)


def service_demand(service: Service, application: Application) -> Demand:
    """Return what the quota of a space holds: the largest number of replicas and the surge of a rollout."""
    deviation = service.deviation
    replicas = max(application.replicas.maximum, (deviation.replicas or 0) if deviation is not None else 0)
    pods = replicas + application.replicas.surge
    storage: dict[str, Decimal] = {}
    for volume in application.volumes:
        storage[volume.storage_class] = storage.get(volume.storage_class, _NOTHING) + amount_of(volume.size)
    container = application.container
    return Demand(amount_of(container.cpu_request) * pods, amount_of(container.memory_request) * pods, pods, storage)


def tenant_demand(tenant: Tenant, catalogue: Mapping[str, Application]) -> Demand:
    """Return the sum over the spaces of a tenant; services that the catalogue lacks count nothing."""
    total = Demand()
    for service in dedicated_services(tenant):
        if service.use in catalogue:
            total += service_demand(service, catalogue[service.use])
    return total


def database_demand(tenant: Tenant, platform: Platform, catalogue: Mapping[str, Application]) -> DatabaseDemand:
    """Return what the databases of a tenant may take by its plan."""
    plan = platform.plans.get(tenant.size)
    if plan is None:
        return DatabaseDemand()
    count = sum(s.use in catalogue and catalogue[s.use].database for s in dedicated_services(tenant))
    return DatabaseDemand(plan.database.connections * count, amount_of(plan.database.size) * count)
