"""What PostgreSQL on a host guarantees: roles, databases, rights, limits, the fence around a leaving tenant.

Belongs here: the values, so that the module that makes them true and the check that compares them read the same. Which
tenants have which database is decided in ``database``; the files of PostgreSQL are in ``postgresql``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class RoleKind(StrEnum):
    """What a role of PostgreSQL is for."""

    FACTS = "facts"
    """Looks into databases for the check, on the host alone."""
    FENCE = "fence"
    """Puts up the fence around a leaving tenant, on the host alone."""
    KEEPER = "keeper"
    """Owns the database of a leaving tenant; nobody logs in as it."""
    SERVICE = "service"
    """Logs in for one service of one tenant."""


class Password(StrEnum):
    """Which password a role has."""

    DERIVED = "derived"
    """The derived one, as a SCRAM verifier."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RoleAttributes:
    """All attributes that PostgreSQL 15 knows; https://www.postgresql.org/docs/15/sql-createrole.html."""

    superuser: bool = False
    inherit: bool = True
    createrole: bool = False
    createdb: bool = False
    login: bool = True
    replication: bool = False
    bypassrls: bool = False


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """What all roles of one kind are."""

    attributes: RoleAttributes
    password: Password
    member_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseRole:
    """One role of PostgreSQL."""

    name: str
    kind: RoleKind
    connections: int
    """How many it may have at once."""
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class TenantDatabase:
    """One database of one service; it bears the name of the role that logs in."""

    name: str
    tenant: str
    owner: str
    keeper: str
    """The role that owns it while it is fenced."""
    fenced: bool
    """Whether its role reads and cannot write, for the tenant is leaving."""
    visitors: tuple[str, ...]
    """Roles that may connect and own nothing of it."""
    connections: int
    """Those of its role, and a reserve for backup and administration."""
    size: int
    """Bytes it may take."""
    settings: Mapping[str, str]
    """Defaults of its role in it."""


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database that PostgreSQL itself has, or the template of tenants' databases."""

    name: str
    owner: str
    template: bool
    connectable: bool
    """Whether anybody can connect; where nobody can, rights mean nothing and no run changes them."""
    visitors: tuple[str, ...]
    connections: int = -1
    """-1: no limit."""


@dataclass(frozen=True, slots=True)
class DatabaseRights:
    """Rights on a database, in PostgreSQL's words."""

    owner: tuple[str, ...]
    visitor: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Right:
    """A right inside a database."""

    thing: str
    grantee: str
    privilege: str


@dataclass(frozen=True, slots=True)
class InitialRights:
    """What a new database has of itself, beside what its owner may do."""

    grantees: tuple[str, ...]
    """Roles of PostgreSQL's own that may have any right in it."""
    rights: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """What the role of a leaving tenant may do in its database."""

    rights: Mapping[str, str]
    """The only right on each kind of thing; kinds as ``GRANT`` names them."""
    functions: tuple[str, ...]
    """Functions of ``pg_catalog`` that write and that everybody may call by PostgreSQL's default, with the types of
    arguments."""
    callers: str
    """The role of PostgreSQL's own that may call them in a tenant's database instead: whoever owns it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of certificate and key, which are made on the host."""

    certificate: str
    private_key: str


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Everything that must be true of PostgreSQL on one host."""

    version: int
    port: int
    unit: str
    account: str
    """System account of the server."""
    superuser: str
    encoding: str
    settings_file: str
    rules_file: str
    tls: Certificate
    accounts: tuple[str, ...]
    """System accounts that come in by the local socket, beside that of the server."""
    retired_roles: tuple[str, ...]
    """Roles that Kogge made once and that are removed."""
    facts_role: str
    """Role and system account that look into databases for the check."""
    fence_role: str
    """Role and system account that put up fences."""
    template: str
    """What the databases of tenants are copied from."""
    kinds: Mapping[RoleKind, RoleProfile]
    roles: tuple[DatabaseRole, ...]
    rights: DatabaseRights
    databases: tuple[TenantDatabase, ...]
    own_databases: tuple[OwnDatabase, ...]
    initial: InitialRights
    fence: Fence

    @property
    def every_database(self) -> tuple[OwnDatabase | TenantDatabase, ...]:
        """PostgreSQL's own databases, and those of tenants."""
        return (*self.own_databases, *self.databases)

    def insiders(self, database: OwnDatabase | TenantDatabase) -> tuple[str, ...]:
        """Return the roles that may have any right inside a database.

        Behind a fence what the role of the database may do is judged with the fence.
        """
        named = (database.owner, database.name) if isinstance(database, TenantDatabase) else (database.owner,)
        return tuple(dict.fromkeys((*named, *self.initial.grantees)))

    def roles_of(self, kind: RoleKind) -> Iterator[DatabaseRole]:
        """Yield the roles of a kind, in their order."""
        return (role for role in self.roles if role.kind is kind)

    def profile(self, role: DatabaseRole) -> RoleProfile:
        """Return what all roles of this one's kind are."""
        return self.kinds[role.kind]
