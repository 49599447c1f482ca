"""What the role ``database`` says: PostgreSQL with one database per dedicated service of its tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kogge.derived import verifier_of
from kogge.desired.hosts.database_state import (
    Certificate,
    DatabaseRights,
    DatabaseRole,
    DatabaseState,
    Fence,
    InitialRights,
    OwnDatabase,
    Password,
    Right,
    RoleAttributes,
    RoleKind,
    RoleProfile,
    TenantDatabase,
)
from kogge.desired.hosts.debian import DATABASE_FILES
from kogge.desired.hosts.firewall import Opening
from kogge.desired.hosts.parts import Accounts, GeneratedFile, Packages, Places, Units
from kogge.desired.hosts.postgresql import (
    ACCOUNT,
    BACKUP_ACCOUNT,
    CERTIFICATE,
    ENCODING,
    FACTS_ROLE,
    FENCE_ROLE,
    PORT,
    PRIVATE_KEY,
    RETIRED_ROLES,
    RULES_FILE,
    SETTINGS_FILE,
    TEMPLATE,
    VERSION,
    Client,
    creation_file,
    postgresql_files,
)
from kogge.desired.hosts.state import RoleState
from kogge.estate.estate import Estate, dedicated_services, space_name
from kogge.estate.models.platform import Host, HostRole
from kogge.estate.models.tenant import Service, Stage, Tenant
from kogge.estate.models.values import Network
from kogge.quantity import amount_of

PACKAGES: Final = (f"postgresql-{VERSION}", "python3-psycopg2")
KINDS: Final[Mapping[RoleKind, RoleProfile]] = {
    RoleKind.FACTS: RoleProfile(RoleAttributes(inherit=False), Password.NONE),
    RoleKind.FENCE: RoleProfile(RoleAttributes(), Password.NONE),
    RoleKind.KEEPER: RoleProfile(RoleAttributes(login=False), Password.NONE),
    RoleKind.SERVICE: RoleProfile(RoleAttributes(), Password.DERIVED),
}
RIGHTS: Final = DatabaseRights(owner=("CONNECT", "CREATE", "TEMPORARY"), visitor=("CONNECT",))
INITIAL: Final = InitialRights(("pg_database_owner",), (Right("schema public", "PUBLIC", "USAGE"),))
FENCE: Final = Fence(
    rights={"SCHEMA": "USAGE", "TABLE": "SELECT", "SEQUENCE": "SELECT", "LARGE OBJECT": "SELECT"},
    # They make large objects, for which no right is asked.
    functions=("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)"),
    callers="pg_database_owner",
)
"""``pg_read_all_data`` would be shorter and wrong: it reads ``pg_authid``, where the verifiers of all tenants are."""
_FACTS_CONNECTIONS: Final = 8
"""More than look into databases at once, so that two checks at the same time do not disturb each other."""
_RESERVED_CONNECTIONS: Final = 2
"""More than the role of a database may have, so that backup and administration still get in."""
_IDLE_MINUTES: Final = 10
_FENCE_CONNECTIONS: Final = 1
_VISITORS: Final = (FACTS_ROLE,)
"""Who may connect to every database."""


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

        Then it is a role that nobody can log in as, and the one that logs in may read.
        """
        return self.keeper if self.fenced else self.name

    @property
    def keeper(self) -> str:
        """The owner behind a fence. No name of a space has an underscore, and one byte is left for it."""
        return f"_{self.name}"

    @property
    def fenced(self) -> bool:
        """Whether its role reads and cannot write."""
        return self.tenant.stage is Stage.LEAVING


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


def _networks(estate: Estate, cluster: str) -> tuple[Network, ...]:
    """Return pods and nodes: a network plugin may put the node's address on what leaves a pod."""
    network = estate.platform.clusters[cluster].network
    return (*network.pods, *network.nodes)


def database_contribution(estate: Estate, name: str, host: Host) -> RoleState:
    """Return what the role says of host ``name``; passwords and salts stand in it by name."""
    databases = databases_on(estate, name)
    clients = [Client(database.name, _networks(estate, database.tenant.placement.cluster)) for database in databases]
    return RoleState(
        HostRole.DATABASE,
        files={"creation": (creation_file(),), "postgresql": postgresql_files(host.memory, clients), "nightly": ()},
        packages=Packages(PACKAGES),
        units=Units(enabled=("postgresql.service",)),
        accounts=Accounts(logins=(ACCOUNT,), groups={"ssl-cert": (ACCOUNT,)}),
        places=Places(
            watched=("/etc/postgresql", "/etc/postgresql-common"),
            generated={
                **DATABASE_FILES,
                CERTIFICATE: GeneratedFile((), "0644", ACCOUNT, ACCOUNT),
                PRIVATE_KEY: GeneratedFile((), "0600", ACCOUNT, ACCOUNT),
            },
            owners={"/etc/postgresql/": ACCOUNT},
        ),
        listening=(f"tcp {PORT}",),
        database=_state(estate, databases),
        verifiers={d.name: verifier_of(d.tenant.name, d.service.use) for d in databases},
    )


def _state(estate: Estate, databases: Sequence[Database]) -> DatabaseState:
    return DatabaseState(
        version=VERSION,
        port=PORT,
        unit=f"postgresql@{VERSION}-main.service",
        account=ACCOUNT,
        superuser=ACCOUNT,
        encoding=ENCODING,
        settings_file=SETTINGS_FILE,
        rules_file=RULES_FILE,
        tls=Certificate(CERTIFICATE, PRIVATE_KEY),
        accounts=(BACKUP_ACCOUNT, FACTS_ROLE, FENCE_ROLE),
        retired_roles=RETIRED_ROLES,
        facts_role=FACTS_ROLE,
        fence_role=FENCE_ROLE,
        template=TEMPLATE,
        kinds=KINDS,
        roles=_roles(estate, databases),
        rights=RIGHTS,
        databases=tuple(_database(estate, database) for database in databases),
        own_databases=(
            OwnDatabase("postgres", ACCOUNT, template=False, connectable=True, visitors=_VISITORS),
            OwnDatabase("template0", ACCOUNT, template=True, connectable=False, visitors=("PUBLIC",)),
            OwnDatabase("template1", ACCOUNT, template=True, connectable=True, visitors=_VISITORS),
            OwnDatabase(TEMPLATE, ACCOUNT, template=True, connectable=False, visitors=(), connections=0),
        ),
        initial=INITIAL,
        fence=FENCE,
    )


def _roles(estate: Estate, databases: Sequence[Database]) -> tuple[DatabaseRole, ...]:
    """Return every role of the cluster; owners come before those that only read."""
    keepers = [database for database in databases if database.fenced]
    return (
        DatabaseRole(FACTS_ROLE, RoleKind.FACTS, _FACTS_CONNECTIONS),
        DatabaseRole(FENCE_ROLE, RoleKind.FENCE, _FENCE_CONNECTIONS),
        *(DatabaseRole(database.keeper, RoleKind.KEEPER, 0, database.tenant.name) for database in keepers),
        *(
            DatabaseRole(database.name, RoleKind.SERVICE, _connections(estate, database), database.tenant.name)
            for database in databases
        ),
    )


def _connections(estate: Estate, database: Database) -> int:
    return estate.platform.plans[database.tenant.size].database.connections


def _database(estate: Estate, database: Database) -> TenantDatabase:
    limits = estate.platform.plans[database.tenant.size].database
    size = int(amount_of(limits.size))
    settings = {
        "idle_in_transaction_session_timeout": f"{_IDLE_MINUTES}min",
        "statement_timeout": f"{limits.statement_timeout_seconds}s",
        # Files of a sort lie on the disk that all tenants share; the role itself cannot change this setting.
        "temp_file_limit": f"{size // 1024}kB",
    }
    if database.fenced:
        # Clients see at once why they cannot write. It is no fence: they could set it off.
        settings["default_transaction_read_only"] = "on"
    return TenantDatabase(
        name=database.name,
        tenant=database.tenant.name,
        owner=database.owner,
        keeper=database.keeper,
        fenced=database.fenced,
        visitors=(database.name, *_VISITORS) if database.fenced else _VISITORS,
        connections=_connections(estate, database) + _RESERVED_CONNECTIONS,
        size=size,
        settings=dict(sorted(settings.items())),
    )
