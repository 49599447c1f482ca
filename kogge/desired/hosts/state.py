"""Everything that must be true on one host: what each role says of it, and all of them together; pure.

Belongs here: the state and how the parts of several roles become one. What a role says is in the file of its name; the
forms for Ansible and for the reading of facts are in ``document`` and ``question``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from kogge.derived import Verifier
from kogge.desired.hosts.database_state import DatabaseState
from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.parts import Accounts, Packages, Places, System, Units
from kogge.estate.models.platform import HostRole

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RoleState:
    """What one role says of one host."""

    role: HostRole
    files: Mapping[str, tuple[ManagedFile, ...]] = field(default_factory=dict)
    """By concern: one task of Ansible puts one concern in place."""
    packages: Packages = field(default_factory=Packages)
    units: Units = field(default_factory=Units)
    accounts: Accounts = field(default_factory=Accounts)
    places: Places = field(default_factory=Places)
    listening: tuple[str, ...] = ()
    """``<protocol> <port>``, beside the loopback."""
    system: System | None = None
    """The baseline's alone."""
    database: DatabaseState | None = None
    """The database role's alone."""
    verifiers: Mapping[str, Verifier] = field(default_factory=dict)
    """By role of PostgreSQL."""

    @property
    def managed(self) -> tuple[ManagedFile, ...]:
        """Every file of the role, in the order in which they are put in place."""
        return tuple(file for group in self.files.values() for file in group)


@dataclass(frozen=True, slots=True)
class HostState:
    """Everything that must be true on one host, as all of its roles say together."""

    name: str
    address: str
    roles: tuple[RoleState, ...]
    """In the order in which they are applied; the first is the baseline."""

    @property
    def files(self) -> tuple[ManagedFile, ...]:
        """Every managed file."""
        return tuple(file for role in self.roles for file in role.managed)

    @property
    def file_roles(self) -> dict[str, HostRole]:
        """The role that owns each managed path."""
        return {file.path: role.role for role in self.roles for file in role.managed}

    @property
    def packages(self) -> Packages:
        """Packages of all roles."""
        parts = [role.packages for role in self.roles]
        return Packages(_all(part.present for part in parts), _all(part.absent for part in parts))

    @property
    def units(self) -> Units:
        """Units of all roles."""
        parts = [role.units for role in self.roles]
        return Units(
            _all(part.enabled for part in parts),
            _all(part.masked for part in parts),
            _all(part.tolerated for part in parts),
        )

    @property
    def accounts(self) -> Accounts:
        """Accounts of all roles; a group has the members that any of them names."""
        parts = [role.accounts for role in self.roles]
        groups: dict[str, tuple[str, ...]] = {}
        for part in parts:
            for group, members in part.groups.items():
                groups[group] = _all([groups.get(group, ()), members])
        return Accounts(_all(part.logins for part in parts), groups)

    @property
    def places(self) -> Places:
        """What may lie where, for all roles."""
        parts = [role.places for role in self.roles]
        return Places(
            watched=_all(part.watched for part in parts),
            absent=_all(part.absent for part in parts),
            generated=_union(part.generated for part in parts),
            links=_union(part.links for part in parts),
            owners=_union(part.owners for part in parts),
            group_writable=_union(part.group_writable for part in parts),
            setuid=_all(part.setuid for part in parts),
        )

    @property
    def listening(self) -> tuple[str, ...]:
        """Sockets of all roles."""
        return _all(role.listening for role in self.roles)

    @property
    def system(self) -> System:
        """What the baseline says of the machine.

        :raises ValueError: no role says it; the files give every host a baseline.
        """
        found = next((role.system for role in self.roles if role.system is not None), None)
        if found is None:
            raise ValueError(f"{self.name} has no baseline")
        return found

    @property
    def database(self) -> DatabaseState | None:
        """PostgreSQL, on a host that has one."""
        return next((role.database for role in self.roles if role.database is not None), None)

    @property
    def verifiers(self) -> Mapping[str, Verifier]:
        """What the verifiers of PostgreSQL's roles are computed from."""
        return _union(role.verifiers for role in self.roles)


def _all(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return every name once, in the order in which they come."""
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _union(groups: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    return {name: value for group in groups for name, value in group.items()}
