"""Roles, databases, rights and settings of PostgreSQL against the state of its host, closed-world; pure.

Belongs here: comparing. What is wanted, down to the single attribute and right, stands in the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from kogge.desired.hosts.database_state import (
    DatabaseState,
    Password,
    RoleAttributes,
    RoleKind,
    TenantDatabase,
)
from kogge.drift.hosts.difference import On
from kogge.findings import Finding, Severity
from kogge.hostrun.answers import DatabaseFact, DatabaseFacts, RoleFact
from kogge.json_value import Json, pointer

_GIBIBYTE: Final = 2**30


@dataclass(frozen=True, slots=True)
class ExpectedSecrets:
    """What is known of the roles' passwords without any key; hex SHA-256 by role."""

    verifiers: Mapping[str, str]
    """Of the whole verifier: whoever can read it could build another one with the same salt."""


def database_findings(
    on: On, state: DatabaseState, facts: DatabaseFacts, secrets: ExpectedSecrets
) -> Iterator[Finding]:
    """Yield every difference of the catalogs from ``state``."""
    databases = {database.name: database for database in state.databases}
    tenants = {name: database.tenant for name, database in databases.items()}
    yield from _fences(on, state, facts)
    yield from _roles(on, state, facts)
    yield from _passwords(on, state, facts, secrets)
    yield from _settings(on, databases, facts)
    yield from _members(on, state, facts, tenants)
    yield from _databases(on, state, facts)
    yield from _other_databases(on, state, facts)
    yield from _grants(on, state, facts)
    yield from _inside(on, state, facts)
    for entry in facts.shared:
        tenant = tenants.get(entry.item.removeprefix("database "))
        yield on.foreign(entry.item, entry.told, path=pointer(entry.path), tenant=tenant)
    yield from _configuration(on, state, facts)


def unknown_passwords(state: DatabaseState, facts: DatabaseFacts, secrets: ExpectedSecrets) -> tuple[str, ...]:
    """Return the roles whose password cannot be judged, for nothing is known of it."""
    names = (role.name for role in state.roles if state.profile(role).password is Password.DERIVED)
    return tuple(name for name in names if name in facts.roles and name not in secrets.verifiers)


def unread_databases(state: DatabaseState, facts: DatabaseFacts) -> Iterator[tuple[str, str | None, str]]:
    """Yield name, tenant and reason of every database that was not read, or not as a whole."""
    tenants = {database.name: database.tenant for database in state.databases}
    for name, reasons in facts.unread.items():
        yield from ((name, tenants.get(name), reason) for reason in reasons)


def _attributes(role: RoleFact) -> RoleAttributes:
    return RoleAttributes(
        role.superuser, role.inherit, role.createrole, role.createdb, role.login, role.replication, role.bypassrls
    )


def _wrong_attributes(wanted: RoleAttributes, role: RoleFact) -> Iterator[tuple[str, bool, bool]]:
    """Yield name, wanted and found value of every attribute that differs."""
    found = asdict(_attributes(role))
    for attribute, value in asdict(wanted).items():
        if found[attribute] != value:
            yield attribute, value, found[attribute]


def _fences(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield what lets the role of a leaving tenant write, or keeps it from reading."""
    keepers = {role.name: role for role in state.roles_of(RoleKind.KEEPER)}
    for database in (database for database in state.databases if database.fenced):
        keeper, tenant = keepers[database.keeper], database.tenant
        item, role = f"role {keeper.name}", facts.roles.get(keeper.name)
        if role is None:
            yield on.missing(item, f"the owner of database {database.name} without a login", tenant=tenant)
            continue
        wrong: list[tuple[str, Json, Json]] = [*_wrong_attributes(state.profile(keeper).attributes, role)]
        if role.connections != keeper.connections:
            wrong.append(("connections", keeper.connections, role.connections))
        if role.secret:
            wrong.append(("secret", False, role.secret))
        for key, wanted, found in wrong:
            yield on.changed(item, pointer([key]), wanted, found, severity=Severity.CRITICAL, tenant=tenant)
        if keeper.name in facts.sessions:
            yield on.changed(item, "/sessions", 0, facts.sessions[keeper.name], tenant=tenant)
        for gap in facts.fences.get(database.name, ()):
            path, told = pointer(["fence", gap.kind, gap.thing]), "other rights, or none"
            yield on.changed(f"database {database.name}", path, "may be read, not written", told, tenant=tenant)


def _roles(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    for wanted in (role for role in state.roles if role.kind is not RoleKind.KEEPER):
        role, item, tenant = facts.roles.get(wanted.name), f"role {wanted.name}", wanted.tenant
        if role is None:
            yield on.missing(item, "a role of this host", tenant=tenant)
            continue
        for attribute, value, found in _wrong_attributes(state.profile(wanted).attributes, role):
            severity = Severity.HIGH if value else Severity.CRITICAL
            yield on.changed(item, pointer([attribute]), value, found, severity=severity, tenant=tenant)
        if role.connections != wanted.connections:
            yield on.changed(item, "/connections", wanted.connections, role.connections, tenant=tenant)
        if role.valid_until not in (None, "infinity"):
            yield on.changed(item, "/valid_until", None, role.valid_until, tenant=tenant)
    for name in sorted(set(facts.roles) - {role.name for role in state.roles} - {state.superuser}):
        # That a role inherits what it is a member of is no power of its own.
        held = [key for key, value in asdict(_attributes(facts.roles[name])).items() if value and key != "inherit"]
        dangerous = bool(set(held) & {"superuser", "login", "createrole", "replication", "bypassrls"})
        yield on.foreign(f"role {name}", [*held], severity=Severity.CRITICAL if dangerous else Severity.HIGH)


def _passwords(on: On, state: DatabaseState, facts: DatabaseFacts, secrets: ExpectedSecrets) -> Iterator[Finding]:
    """Yield passwords that are other than derived, or there where none may be; a keeper's is judged with its fence."""
    wanted = {role.name: role for role in state.roles if role.kind is not RoleKind.KEEPER}
    for name, role in facts.roles.items():
        item, tenant = f"role {name}", wanted[name].tenant if name in wanted else None
        if name == state.superuser or (name in wanted and state.profile(wanted[name]).password is Password.NONE):
            if role.secret:
                yield on.changed(item, "/password", "none", "set", severity=Severity.CRITICAL)
            continue
        if name not in wanted:
            continue
        if not role.secret:
            yield on.changed(item, "/password", "derived", "none", tenant=tenant)
        elif not role.scram:
            yield on.changed(item, "/password", "scram-sha-256", "another kind", tenant=tenant)
        elif _is_ours(name, role, secrets) is False:
            yield on.changed(item, "/password", "derived", "another one", severity=Severity.CRITICAL, tenant=tenant)


def _is_ours(name: str, role: RoleFact, secrets: ExpectedSecrets) -> bool | None:
    """Tell whether a verifier is the derived one; None where nothing is known of it."""
    if name in secrets.verifiers:
        return role.verifier_sha256 == secrets.verifiers[name]
    return None


def _settings(on: On, databases: Mapping[str, TenantDatabase], facts: DatabaseFacts) -> Iterator[Finding]:
    found = {(entry.role, entry.database): entry.settings for entry in facts.settings}
    for name, database in databases.items():
        have = found.get((name, name), {})
        for key, value in database.settings.items():
            if have.get(key) != value:
                path = pointer(["settings", key])
                yield on.changed(f"role {name}", path, value, have.get(key), tenant=database.tenant)
    for (role, place), settings in found.items():
        whose = databases.get(role) or databases.get(place)
        wanted = databases[role].settings if role == place and role in databases else {}
        for key in sorted(set(settings) - set(wanted)):
            item, path = f"role {role or '(all)'} in {place or '(all)'}", pointer(["settings", key])
            tenant = whose.tenant if whose is not None else None
            yield on.foreign(item, settings[key], path=path, severity=Severity.HIGH, tenant=tenant)


def _members(on: On, state: DatabaseState, facts: DatabaseFacts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    wanted = {(group, role.name) for role in state.roles for group in state.profile(role).member_of}
    found = {(entry.role, entry.member): entry.admin for entry in facts.members}
    for role, member in sorted(found):
        path = pointer(["member_of", role])
        if (role, member) not in wanted:
            tenant = tenants.get(role) or tenants.get(member)
            yield on.foreign(f"role {member}", f"member of {role}", path=path, tenant=tenant)
        elif found[role, member]:
            yield on.changed(f"role {member}", path, "plain", "may grant it on")
    for role, member in sorted(wanted - set(found)):
        yield on.missing(f"role {member}", f"member of {role}", path=pointer(["member_of", role]))


def _databases(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    for database in state.databases:
        item, tenant, found = f"database {database.name}", database.tenant, facts.databases.get(database.name)
        if found is None:
            yield on.missing(item, "a database of this host", tenant=tenant)
            continue
        values: tuple[tuple[str, Json, Json], ...] = (
            ("owner", database.owner, found.owner),
            ("connections", database.connections, found.connections),
            ("allows", True, found.allows),
            ("template", False, found.template),
            ("encoding", state.encoding, found.encoding),
        )
        for key, wanted, value in values:
            if value != wanted:
                yield on.changed(item, pointer([key]), wanted, value, tenant=tenant)
        if found.size > database.size:
            limit, size = _amount("at most", database.size), _amount("takes", found.size)
            yield on.changed(item, "/size", limit, size, tenant=tenant)


def _other_databases(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield what differs in PostgreSQL's own databases, and databases that nobody declared."""
    for own in state.own_databases:
        found = facts.databases.get(own.name)
        if found is None:
            yield on.missing(f"database {own.name}", "a database of every host")
            continue
        values: tuple[tuple[str, Json, Json], ...] = (
            ("owner", own.owner, found.owner),
            ("connections", own.connections, found.connections),
            ("template", own.template, found.template),
            ("allows", own.connectable, found.allows),
        )
        for key, wanted, value in values:
            if value != wanted:
                yield on.changed(f"database {own.name}", pointer([key]), wanted, value)
    declared = {database.name for database in state.databases} | {own.name for own in state.own_databases}
    for name in sorted(set(facts.databases) - declared):
        yield on.foreign(f"database {name}", {"owner": facts.databases[name].owner}, severity=Severity.HIGH)


def _amount(word: str, size: int) -> dict[str, Json]:
    return {word: f"{size / _GIBIBYTE:.2f} GiB", "bytes": size}


def _grants(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    tenants = {database.name: database.tenant for database in state.databases}
    for wanted in state.every_database:
        found = facts.databases.get(wanted.name)
        if found is not None:
            rights = {(wanted.owner, right) for right in state.rights.owner}
            rights |= {(visitor, right) for visitor in wanted.visitors for right in state.rights.visitor}
            yield from _granted(on, f"database {wanted.name}", tenants.get(wanted.name), rights, found)


def _granted(
    on: On, item: str, tenant: str | None, wanted: set[tuple[str, str]], database: DatabaseFact
) -> Iterator[Finding]:
    found = {(grantee, right) for grantee, right, _ in database.grants}
    for grantee, right in sorted(found - wanted):
        path = pointer(["grants", grantee, right.lower()])
        yield on.foreign(item, f"{right.lower()} for {grantee}", path=path, tenant=tenant)
    for grantee, right in sorted(wanted - found):
        path = pointer(["grants", grantee, right.lower()])
        yield on.missing(item, f"{right.lower()} for {grantee}", path=path, tenant=tenant)
    for grantee, right, grantable in database.grants:
        if grantable:
            path = pointer(["grants", grantee, right.lower(), "grantable"])
            yield on.foreign(item, "may grant it on", path=path, tenant=tenant)


def _inside(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield rights of others than the owner inside a database: it has one role, so nobody needs one."""
    initial = {(right.thing, right.grantee, right.privilege) for right in state.initial.rights}
    tenants = {database.name: database.tenant for database in state.databases}
    for database in state.every_database:
        allowed = state.insiders(database)
        for entry in facts.inside.get(database.name, ()):
            if entry.grantee in allowed or (entry.thing, entry.grantee, entry.privilege) in initial:
                continue
            path = pointer([*entry.thing.split(" ", 1), entry.grantee, entry.privilege])
            told = f"{entry.privilege.lower()} on {entry.thing} for {entry.grantee or 'everybody'}"
            yield on.foreign(f"database {database.name}", told, path=path, tenant=tenants.get(database.name))


def _configuration(on: On, state: DatabaseState, facts: DatabaseFacts) -> Iterator[Finding]:
    for setting in facts.configuration:
        item = f"setting {setting.name}"
        if setting.pending_restart:
            yield on.changed(item, "/restart", "in force", "waits for a restart")
        if setting.file not in (state.settings_file, ""):
            yield on.foreign(item, {"value": setting.setting, "file": setting.file})
    for rule in facts.rules:
        if rule.error:
            yield on.changed(state.rules_file, pointer(["lines", str(rule.line)]), None, rule.error)
