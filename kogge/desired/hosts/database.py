"""The document of the role ``database``: PostgreSQL with one database per dedicated service of its tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kogge.derived import Derived, Purpose
from kogge.desired.hosts.debian import DATABASE_FILES
from kogge.desired.hosts.firewall import Opening
from kogge.desired.hosts.postgresql import (
    BACKUP_ROLE,
    CERTIFICATE,
    CLUSTER,
    PORT,
    PRIVATE_KEY,
    VERSION,
    Client,
    creation_file,
    postgresql_files,
)
from kogge.estate.estate import Estate, dedicated_services, space_name
from kogge.estate.models.platform import Host
from kogge.estate.models.tenant import Service, Stage, Tenant
from kogge.quantity import amount_of

PACKAGES: Final = (f"postgresql-{VERSION}", "python3-psycopg2")
_IDLE_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Database:
    """One database of one service, with the role that owns it and logs in."""

    tenant: Tenant
    service: Service

    @property
    def name(self) -> str:
        """Name of database and role: the space's, at most 62 of PostgreSQL's 63 bytes, injective."""
        return space_name(self.tenant.name, self.service.use)

    @property
    def owner(self) -> str:
        """Role that owns the database and all in it: the one that logs in, but not while the tenant is leaving.

        Then it is a role that nobody can log in as, and the one that logs in may read. No name of a space has an
        underscore, and one byte is left for it.
        """
        return f"_{self.name}" if self.tenant.stage is Stage.LEAVING else self.name


def databases_on(estate: Estate, host: str) -> tuple[Database, ...]:
    """Return the databases of the tenants that live on ``host``, ordered by name."""
    found = [
        Database(tenant, service)
        for tenant in estate.tenants.values()
        if tenant.placement.database_host == host
        for service in dedicated_services(tenant)
        if estate.catalogue[service.use].database
    ]
    return tuple(sorted(found, key=lambda database: database.name))


def database_openings(estate: Estate, host: str) -> tuple[Opening, ...]:
    """Return what the packet filter lets in to PostgreSQL: pods and nodes of the clusters that use it."""
    clusters = sorted({database.tenant.placement.cluster for database in databases_on(estate, host)})
    return tuple(Opening(f"postgresql from cluster {name}", _networks(estate, name), PORT) for name in clusters)


def _networks(estate: Estate, cluster: str) -> tuple[Any, ...]:
    """Return pods and nodes: a network plugin may put the node's address on what leaves a pod."""
    network = estate.platform.clusters[cluster].network
    return (*network.pods, *network.nodes)


def database_content(estate: Estate, name: str, host: Host) -> dict[str, Any]:
    """Return the document of host ``name``; passwords and salts stand in it by name."""
    databases = databases_on(estate, name)
    clients = [Client(database.name, _networks(estate, database.tenant.placement.cluster)) for database in databases]
    return {
        "host": {"name": name, "address": str(host.address)},
        "packages": {"present": list(PACKAGES)},
        "version": VERSION,
        "port": PORT,
        "cluster_directory": CLUSTER,
        "tls": {"certificate": CERTIFICATE, "private_key": PRIVATE_KEY},
        "creation": creation_file().document(),
        "files": [file.document() for file in postgresql_files(host.memory, clients)],
        "access_files": [f"{CLUSTER}/pg_hba.conf", f"{CLUSTER}/pg_ident.conf"],
        "backup_role": BACKUP_ROLE,
        "databases": [_database(estate, database) for database in databases],
        "verifiers": {database.name: {"scram": _scram(database)} for database in databases},
        "unit": f"postgresql@{VERSION}-main.service",
        "enabled_units": ["postgresql.service"],
        "generated": {
            **DATABASE_FILES,
            CERTIFICATE: {"sha256": [], "mode": "0644", "owner": "postgres", "group": "postgres"},
            PRIVATE_KEY: {"sha256": [], "mode": "0600", "owner": "postgres", "group": "postgres"},
        },
        "logins": ["postgres"],
        "group_members": {"ssl-cert": ["postgres"]},
        "watched": ["/etc/postgresql", "/etc/postgresql-common"],
        "listening": [f"tcp {PORT}"],
    }


def _database(estate: Estate, database: Database) -> dict[str, Any]:
    tenant = database.tenant
    limits = estate.platform.plans[tenant.size].database
    size = int(amount_of(limits.size))
    settings = {
        "idle_in_transaction_session_timeout": f"{_IDLE_MINUTES}min",
        "statement_timeout": f"{limits.statement_timeout_seconds}s",
        # Files of a sort lie on the disk that all tenants share; the role itself cannot change this setting.
        "temp_file_limit": f"{size // 1024}kB",
    }
    if database.owner != database.name:
        # Clients see at once why they cannot write. It is no fence: they could set it off.
        settings["default_transaction_read_only"] = "on"
    return {
        "name": database.name,
        "owner": database.owner,
        "tenant": tenant.name,
        "connections": limits.connections,
        "size": size,
        "settings": dict(sorted(settings.items())),
    }


def _scram(database: Database) -> dict[str, Derived]:
    """Return what the verifier of the role is computed from; the host gets the verifier alone."""
    owner, service = database.tenant.name, database.service.use
    return {
        "password": Derived(owner, Purpose.DATABASE_PASSWORD, service),
        "salt": Derived(owner, Purpose.DATABASE_SALT, service),
    }
