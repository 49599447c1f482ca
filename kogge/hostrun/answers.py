"""What a host answers when its facts are read, typed where it enters; values only.

Belongs here: the shape of what ``host_reading`` and ``postgresql_reading`` of ``playbooks/module_utils`` return. An
answer of another shape is refused, so whoever compares never meets one. What a value means is for
``kogge.drift.hosts``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from kogge.errors import KoggeError

Answer = TypeVar("Answer")


class AnswerError(KoggeError):
    """A host answered in a shape that its facts do not have."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file, link or directory."""

    kind: str
    """``file``, ``link``, ``directory`` or ``other``."""
    mode: str
    owner: str
    group: str = ""
    packaged: bool = False
    """Whether a package brought it."""
    pristine: bool | None = None
    """Whether it is as its package brought it; None where that is not known."""
    frozen: bool = False
    """Immutable or append-only."""
    target: str | None = None
    """Of a link."""
    sha256: str | None = None
    content: str | None = None
    """Of a managed file."""


@dataclass(frozen=True, slots=True)
class SpecialFile:
    """A file with the setuid or setgid bit, or with capabilities."""

    mode: str
    owner: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of a listing of nft."""

    place: str
    """The blocks around it."""
    text: str
    """Empty for the block itself."""


@dataclass(frozen=True, slots=True)
class PacketFilter:
    """The ruleset that is loaded, and what nft makes of the wanted one; None where nft does not say."""

    running: list[RuleLine] | None
    wanted: list[RuleLine] | None


@dataclass(frozen=True, slots=True)
class AccountFact:
    """One account of the machine."""

    uid: int
    group: str
    shell: bool
    password: str
    """``locked``, ``empty``, ``set`` or ``none``."""
    keys: list[str]
    """Files with keys in its home."""


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One unit of systemd, in its own words."""

    load: str
    file: str
    active: str
    unfit: bool
    """A condition of its own keeps it from running here."""


@dataclass(frozen=True, slots=True)
class SocketFact:
    """A socket that is not on the loopback alone."""

    socket: str
    """``<protocol> <port>``."""
    program: str


@dataclass(frozen=True, slots=True)
class SettingFact:
    """A kernel parameter."""

    value: str | None
    writable: bool


@dataclass(frozen=True, slots=True)
class SourceFact:
    """One source of packages, or a line that apt cannot read."""

    file: str
    line: int
    unreadable: str | None = None
    uri: str = ""
    suite: str = ""
    components: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NameFact:
    """A name that ``/etc/hosts`` answers for."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What a host runs, PostgreSQL left out."""

    container: bool
    files: dict[str, FileFact]
    special_files: dict[str, SpecialFile]
    firewall: PacketFilter
    sshd: dict[str, str] | None
    """None: sshd refuses its settings."""
    accounts: dict[str, AccountFact]
    privileged_groups: dict[str, list[str]]
    units: dict[str, UnitFact]
    listening: list[SocketFact]
    modules: list[str]
    settings: dict[str, SettingFact]
    packages: dict[str, str]
    held: list[str]
    sources: list[SourceFact]
    altered: dict[str, str]
    """Path to ``missing`` or ``content``."""
    foreign_programs: dict[str, FileFact]
    diverted: list[str]
    names: list[NameFact]


@dataclass(frozen=True, slots=True)
class RoleFact:
    """A role of PostgreSQL; of its verifier two digests."""

    superuser: bool
    inherit: bool
    createrole: bool
    createdb: bool
    login: bool
    replication: bool
    bypassrls: bool
    connections: int
    valid_until: str | None
    secret: bool
    """Whether it has a password."""
    scram: bool
    verifier_sha256: str = ""


@dataclass(frozen=True, slots=True)
class DefaultsFact:
    """Settings of a role in a database; an empty name means all of them."""

    role: str
    database: str
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class MembershipFact:
    """A role that is a member of another."""

    role: str
    member: str
    admin: bool


@dataclass(frozen=True, slots=True)
class DatabaseFact:
    """One database."""

    owner: str
    connections: int
    allows: bool
    template: bool
    size: int
    grants: list[tuple[str, str, bool]]
    """Grantee, privilege, whether it may be granted on."""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A line of ``pg_hba.conf`` as the server reads it."""

    line: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ConfigurationFact:
    """A setting in a file, or one that waits for a restart."""

    name: str | None
    setting: str | None
    file: str
    pending_restart: bool


@dataclass(frozen=True, slots=True)
class InsideFact:
    """A right inside a database, or a thing that only an administrator makes."""

    thing: str
    grantee: str
    privilege: str


@dataclass(frozen=True, slots=True)
class SharedFact:
    """A thing of the whole cluster that no cluster of ours has."""

    item: str
    path: list[str]
    """Steps of the way into it."""
    told: str | None


@dataclass(frozen=True, slots=True)
class FenceGap:
    """A thing behind a fence on which the reader has other rights than reading."""

    kind: str
    thing: str


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the catalogs of PostgreSQL say."""

    roles: dict[str, RoleFact]
    settings: list[DefaultsFact]
    members: list[MembershipFact]
    databases: dict[str, DatabaseFact]
    sessions: dict[str, int]
    """Of roles that may not log in."""
    rules: list[RuleFact]
    configuration: list[ConfigurationFact]
    inside: dict[str, list[InsideFact]]
    shared: list[SharedFact]
    fences: dict[str, list[FenceGap]]
    unread: dict[str, list[str]]
    """Why a database was not read, or not as a whole."""


def system_facts(answer: object) -> SystemFacts:
    """Return what was read of the machine.

    :raises AnswerError: it has another shape; the message names the first place.
    """
    return _checked(_system(), answer)


def database_facts(answer: object) -> DatabaseFacts:
    """Return what was read of PostgreSQL.

    :raises AnswerError: as :func:`system_facts`.
    """
    return _checked(_database(), answer)


def _checked(adapter: TypeAdapter[Answer], answer: object) -> Answer:
    try:
        return adapter.validate_python(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        raise AnswerError(
            f"the facts have another shape than the program gives them: {place}: {first['msg']}",
            hint="look at the host: its Python may have been replaced",
        ) from error


@cache
def _system() -> TypeAdapter[SystemFacts]:
    return TypeAdapter(SystemFacts)


@cache
def _database() -> TypeAdapter[DatabaseFacts]:
    return TypeAdapter(DatabaseFacts)
