"""Roles, databases, rights and settings of PostgreSQL against the document of its host, closed-world; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kogge.drift.hosts.difference import On
from kogge.findings import Finding, Severity
from kogge.json_value import Json

Facts = Mapping[str, Any]
OWN_DATABASES: Final = ("postgres", "template0", "template1")
_SUPERUSER: Final = "postgres"
_READS_ALL: Final = "pg_read_all_data"
_TENANT: Final[Mapping[str, bool]] = {
    "superuser": False,
    "inherit": True,
    "createrole": False,
    "createdb": False,
    "login": True,
    "replication": False,
    "bypassrls": False,
}
_BACKUP_CONNECTIONS: Final = 5
_OWNER_RIGHTS: Final = ("CONNECT", "CREATE", "TEMPORARY")
_ADMINISTRATION_CONNECTIONS: Final = 2
_GIBIBYTE: Final = 2**30


@dataclass(frozen=True, slots=True)
class ExpectedSecrets:
    """What is known of the roles' passwords without any key; hex SHA-256 by role."""

    salts: Mapping[str, str]
    """Of the derived salt."""


def database_findings(on: On, document: Facts, facts: Facts, secrets: ExpectedSecrets) -> Iterator[Finding]:
    """Yield every difference of the catalogs from ``document``."""
    tenants = {entry["name"]: entry["tenant"] for entry in document["databases"]}
    yield from _fences(on, document, facts)
    yield from _roles(on, document, facts, tenants)
    yield from _passwords(on, document, facts, tenants, secrets)
    yield from _settings(on, document, facts, tenants)
    yield from _members(on, document, facts, tenants)
    yield from _databases(on, document, facts, tenants)
    yield from _other_databases(on, facts, tenants)
    yield from _grants(on, document, facts, tenants)
    yield from _inside(on, document, facts, tenants)
    for entry in facts["shared"]:
        tenant = tenants.get(entry["item"].removeprefix("database "))
        yield on.foreign(entry["item"], entry["told"], path=entry["path"], tenant=tenant)
    yield from _configuration(on, document, facts)


def unknown_passwords(document: Facts, facts: Facts, secrets: ExpectedSecrets) -> tuple[str, ...]:
    """Return the roles whose password cannot be judged, for nothing is known of it."""
    names = (entry["name"] for entry in document["databases"])
    return tuple(name for name in names if name in facts["roles"] and name not in secrets.salts)


def _keepers(document: Facts) -> dict[str, Facts]:
    """Return the database of each role that owns one and is not its own: its tenant is leaving."""
    return {entry["owner"]: entry for entry in document["databases"] if entry["owner"] != entry["name"]}


def _fences(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    """Yield what lets the role of a leaving tenant write, or keeps it from reading."""
    for keeper, entry in _keepers(document).items():
        item, tenant = f"role {keeper}", entry["tenant"]
        role = facts["roles"].get(keeper)
        if role is None:
            yield on.missing(item, f"the owner of database {entry['name']} without a login", tenant=tenant)
            continue
        for attribute, wanted in {**_TENANT, "login": False, "connections": 0, "secret": False}.items():
            if role[attribute] != wanted:
                severity = Severity.CRITICAL
                yield on.changed(item, f"/{attribute}", wanted, role[attribute], severity=severity, tenant=tenant)
        if keeper in facts["sessions"]:
            yield on.changed(item, "/sessions", 0, facts["sessions"][keeper], tenant=tenant)
        for gap in facts["fences"].get(entry["name"], ()):
            path, told = f"/fence/{gap['kind']}/{gap['thing']}", "other rights, or none"
            yield on.changed(f"database {entry['name']}", path, "may be read, not written", told, tenant=tenant)


def _roles(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    limits = {entry["name"]: entry["connections"] for entry in document["databases"]}
    limits[document["backup_role"]] = _BACKUP_CONNECTIONS
    for name, limit in limits.items():
        role, item, tenant = facts["roles"].get(name), f"role {name}", tenants.get(name)
        if role is None:
            yield on.missing(item, "a role of this host", tenant=tenant)
            continue
        for attribute, wanted in _TENANT.items():
            if role[attribute] != wanted:
                severity = Severity.HIGH if wanted else Severity.CRITICAL
                found = role[attribute]
                yield on.changed(item, f"/{attribute}", wanted, found, severity=severity, tenant=tenant)
        if role["connections"] != limit:
            yield on.changed(item, "/connections", limit, role["connections"], tenant=tenant)
        if role["valid_until"] not in (None, "infinity"):
            yield on.changed(item, "/valid_until", None, role["valid_until"], tenant=tenant)
    for name in sorted(set(facts["roles"]) - set(limits) - set(_keepers(document)) - {_SUPERUSER}):
        role = facts["roles"][name]
        held = [attribute for attribute in _TENANT if role[attribute] and attribute != "inherit"]
        dangerous = bool(set(held) & {"superuser", "login", "createrole", "replication", "bypassrls"})
        yield on.foreign(f"role {name}", [*held], severity=Severity.CRITICAL if dangerous else Severity.HIGH)


def _passwords(
    on: On, document: Facts, facts: Facts, tenants: Mapping[str, str], secrets: ExpectedSecrets
) -> Iterator[Finding]:
    for name, role in facts["roles"].items():
        item, tenant = f"role {name}", tenants.get(name)
        if name in (document["backup_role"], _SUPERUSER):
            if role["secret"]:
                yield on.changed(item, "/password", "none", "set", severity=Severity.CRITICAL)
            continue
        if name not in tenants:
            continue
        if not role["secret"]:
            yield on.changed(item, "/password", "derived", "none", tenant=tenant)
        elif not role["scram"]:
            yield on.changed(item, "/password", "scram-sha-256", "another kind", tenant=tenant)
        elif _is_ours(name, role, secrets) is False:
            yield on.changed(item, "/password", "derived", "another one", severity=Severity.CRITICAL, tenant=tenant)


def _is_ours(name: str, role: Facts, secrets: ExpectedSecrets) -> bool | None:
    """Tell whether a verifier is the derived one; None where nothing is known of it."""
    if name in secrets.salts:
        return bool(role["salt_sha256"] == secrets.salts[name])
    return None


def _settings(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    wanted = {(entry["name"], entry["name"]): entry["settings"] for entry in document["databases"]}
    found = {(entry["role"], entry["database"]): entry["settings"] for entry in facts["settings"]}
    for place, settings in wanted.items():
        have = found.get(place, {})
        for key, value in settings.items():
            if have.get(key) != value:
                yield on.changed(f"role {place[0]}", f"/settings/{key}", value, have.get(key), tenant=tenants[place[0]])
    for place, settings in found.items():
        role, database = place
        for key in sorted(set(settings) - set(wanted.get(place, {}))):
            item = f"role {role or '(all)'} in {database or '(all)'}"
            tenant = tenants.get(role) or tenants.get(database)
            yield on.foreign(item, settings[key], path=f"/settings/{key}", severity=Severity.HIGH, tenant=tenant)


def _members(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    wanted = (_READS_ALL, document["backup_role"])
    found = {(entry["role"], entry["member"]): entry["admin"] for entry in facts["members"]}
    for role, member in sorted(found):
        if (role, member) != wanted:
            tenant = tenants.get(role) or tenants.get(member)
            yield on.foreign(f"role {member}", f"member of {role}", path=f"/member_of/{role}", tenant=tenant)
        elif found[role, member]:
            yield on.changed(f"role {member}", f"/member_of/{role}", "plain", "may grant it on")
    if wanted not in found:
        yield on.missing(f"role {wanted[1]}", f"member of {wanted[0]}", path=f"/member_of/{wanted[0]}")


def _databases(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    for entry in document["databases"]:
        name, item = entry["name"], f"database {entry['name']}"
        found = facts["databases"].get(name)
        if found is None:
            yield on.missing(item, "a database of this host", tenant=tenants[name])
            continue
        wanted = {
            "owner": entry["owner"],
            "connections": entry["connections"] + _ADMINISTRATION_CONNECTIONS,
            "allows": True,
            "template": False,
            "encoding": "UTF8",
        }
        for key, value in wanted.items():
            if found[key] != value:
                yield on.changed(item, f"/{key}", value, found[key], tenant=tenants[name])
        if found["size"] > entry["size"]:
            limit, size = _amount("at most", entry["size"]), _amount("takes", found["size"])
            yield on.changed(item, "/size", limit, size, tenant=tenants[name])


def _other_databases(on: On, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what differs in PostgreSQL's own databases, and databases that nobody declared."""
    for name in sorted(set(OWN_DATABASES) & set(facts["databases"])):
        found = facts["databases"][name]
        own: dict[str, Json] = {"owner": _SUPERUSER, "connections": -1, "template": name != _SUPERUSER}
        for key in own:
            if found[key] != own[key]:
                yield on.changed(f"database {name}", f"/{key}", own[key], found[key])
    for name in sorted(set(facts["databases"]) - set(tenants) - set(OWN_DATABASES)):
        yield on.foreign(f"database {name}", {"owner": facts["databases"][name]["owner"]}, severity=Severity.HIGH)


def _amount(word: str, size: int) -> dict[str, Json]:
    return {word: f"{size / _GIBIBYTE:.2f} GiB", "bytes": size}


def _grants(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    owners = {entry["name"]: entry["owner"] for entry in document["databases"]}
    for name, database in facts["databases"].items():
        if name not in tenants and name not in OWN_DATABASES:
            continue
        owner = owners.get(name, _SUPERUSER)
        wanted = {(owner, right) for right in _OWNER_RIGHTS} | {(document["backup_role"], "CONNECT")}
        if owner not in (name, _SUPERUSER):
            wanted.add((name, "CONNECT"))
        if name == "template0":
            # Nobody can connect to it, whatever its rights say.
            wanted = {(owner, right) for right in _OWNER_RIGHTS} | {("PUBLIC", "CONNECT")}
        found = {(grantee, right) for grantee, right, _ in database["grants"]}
        item, tenant = f"database {name}", tenants.get(name)
        for grantee, right in sorted(found - wanted):
            path = f"/grants/{grantee}/{right.lower()}"
            yield on.foreign(item, f"{right.lower()} for {grantee}", path=path, tenant=tenant)
        for grantee, right in sorted(wanted - found):
            path = f"/grants/{grantee}/{right.lower()}"
            yield on.missing(item, f"{right.lower()} for {grantee}", path=path, tenant=tenant)
        for grantee, right, grantable in database["grants"]:
            if grantable:
                path = f"/grants/{grantee}/{right.lower()}/grantable"
                yield on.foreign(item, "may grant it on", path=path, tenant=tenant)


def _inside(on: On, document: Facts, facts: Facts, tenants: Mapping[str, str]) -> Iterator[Finding]:
    """Yield rights of others than the owner inside a database: it has one role, so nobody needs one."""
    owners = {entry["name"]: entry["owner"] for entry in document["databases"]}
    for name, entries in facts["inside"].items():
        if name not in tenants and name not in OWN_DATABASES:
            continue
        # Behind a fence what the role of the database may do is judged with the fence.
        allowed = {name if name in tenants else _SUPERUSER, owners.get(name), "pg_database_owner"}
        for entry in entries:
            usage = (entry["thing"], entry["grantee"], entry["privilege"]) == ("schema public", "PUBLIC", "USAGE")
            if entry["grantee"] in allowed or usage:
                continue
            path = f"/{entry['thing'].replace(' ', '/', 1)}/{entry['grantee']}/{entry['privilege']}"
            told = f"{entry['privilege'].lower()} on {entry['thing']} for {entry['grantee'] or 'everybody'}"
            yield on.foreign(f"database {name}", told, path=path, tenant=tenants.get(name))


def _configuration(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    ours = f"{document['cluster_directory']}/postgresql.conf"
    for setting in facts["configuration"]:
        item = f"setting {setting['name']}"
        if setting["pending_restart"]:
            yield on.changed(item, "/restart", "in force", "waits for a restart")
        if setting["file"] not in (ours, ""):
            yield on.foreign(item, {"value": setting["setting"], "file": setting["file"]})
    for rule in facts["rules"]:
        if rule["error"]:
            yield on.changed(
                f"{document['cluster_directory']}/pg_hba.conf", f"/lines/{rule['line']}", None, rule["error"]
            )
