"""The difference between wanted and present databases, as statements; no connection is needed to compute it."""

from __future__ import annotations

from ansible.module_utils.postgresql_fence import KEEPER, LOGIN, keeper_of
from ansible.module_utils.postgresql_step import Step, words

OWN_DATABASES = ("postgres", "template0", "template1")
_OWNER_PRIVILEGES = ("CONNECT", "CREATE", "TEMPORARY")
_READS_ALL = "pg_read_all_data"


class Wanted:
    """The complete wanted set."""

    def __init__(self, databases: list[dict], verifiers: dict[str, str], backup_role: str) -> None:
        self.databases = {database["name"]: database for database in databases}
        self.verifiers = verifiers
        self.backup_role = backup_role

    def owner(self, name: str) -> str:
        """Return the role that owns a database: that of its name, or its keeper behind the fence."""
        return self.databases[name].get("owner", name)

    def visitors(self, name: str) -> tuple[str, ...]:
        """Return the roles that may connect to a database and own nothing of it."""
        return (self.backup_role,) if self.owner(name) == name else (name, self.backup_role)

    @property
    def keepers(self) -> dict[str, str]:
        """Return keeper -> database, for every database behind the fence."""
        return {self.owner(name): name for name in self.databases if self.owner(name) != name}


def plan(wanted: Wanted, catalogs) -> list[Step]:
    """Return the steps that make the cluster what is wanted; roles first, for databases have owners."""
    steps: list[Step] = []
    steps += _role(wanted.backup_role, LOGIN, 5, None, catalogs)
    for keeper in wanted.keepers:
        steps += _role(keeper, KEEPER, 0, None, catalogs)
    for name, database in wanted.databases.items():
        steps += _role(
            name, LOGIN, int(database["connections"]), wanted.verifiers.get(name), catalogs, name in wanted.verifiers
        )
    steps += _memberships(wanted, catalogs)
    for name, database in wanted.databases.items():
        steps += _database(name, wanted.owner(name), int(database["connections"]), catalogs)
    for name, database in wanted.databases.items():
        details = _settings(name, database.get("settings", {}), catalogs)
        details += _grants(name, wanted.owner(name), wanted.visitors(name), catalogs)
        for step in details:
            step.implied = name not in catalogs.databases
        steps += details
    steps += _sessions(wanted, catalogs)
    for name in OWN_DATABASES:
        if name in catalogs.databases and name != "template0":
            steps += _grants(name, catalogs.databases[name]["owner"], (wanted.backup_role,), catalogs)
    return steps


def _role(
    name: str, attributes: dict, connections: int, verifier: str | None, catalogs, known: bool = True
) -> list[Step]:
    """Return what makes a role exist with these attributes and nothing more; a password that is not known stays."""
    # The catalog says -1 for no limit and text for a verifier; a role without a password has none.
    found = catalogs.roles.get(name)
    if found is None:
        statement = "CREATE ROLE {} " + words(attributes) + f" CONNECTION LIMIT {connections} PASSWORD {{}}"
        return [Step(f"role {name}: missing", statement, (name,), (verifier,))]
    steps = []
    wrong = {key: value for key, value in attributes.items() if found[key] != value}
    if wrong:
        what = ", ".join(f"{key} {str(found[key]).lower()}" for key in wrong)
        steps.append(Step(f"role {name}: {what}", "ALTER ROLE {} " + words(wrong), (name,)))
    if found["connections"] != connections:
        text = f"role {name}: connection limit {found['connections']}"
        steps.append(Step(text, f"ALTER ROLE {{}} CONNECTION LIMIT {connections}", (name,)))
    if known and found["verifier"] != verifier:
        steps.append(Step(f"role {name}: password", "ALTER ROLE {} PASSWORD {}", (name,), (verifier,)))
    if found["valid_until"] not in (None, "infinity"):
        text = f"role {name}: valid until {found['valid_until']}"
        steps.append(Step(text, "ALTER ROLE {} VALID UNTIL 'infinity'", (name,)))
    return steps


def _settings(name: str, settings: dict, catalogs) -> list[Step]:
    """Return what sets the defaults of a tenant's role in its database, and takes away every other."""
    steps = []
    for (role, database), found in catalogs.settings.items():
        if (name in (role, database) or role == keeper_of(name)) and (role, database) != (name, name):
            place, names = _place(role, database)
            text = f"settings of {role or 'all roles'} in {database or 'all databases'}: {', '.join(sorted(found))}"
            steps.append(Step(text, f"ALTER {place} RESET ALL", names))
    found = catalogs.settings.get((name, name), {})
    place, names = "ROLE {} IN DATABASE {}", (name, name)
    for key in sorted(set(found) - set(settings)):
        steps.append(Step(f"role {name}: setting {key}", f"ALTER {place} RESET {{}}", (*names, key)))
    for key, value in settings.items():
        if found.get(key) != str(value):
            steps.append(Step(f"role {name}: {key}", f"ALTER {place} SET {{}} = {{}}", (*names, key), (str(value),)))
    return steps


def _place(role: str, database: str) -> tuple[str, tuple[str, ...]]:
    if role and database:
        return "ROLE {} IN DATABASE {}", (role, database)
    return ("ROLE {}", (role,)) if role else ("DATABASE {}", (database,))


def _memberships(wanted: Wanted, catalogs) -> list[Step]:
    """Return what leaves exactly one membership: the backup role reads all data."""
    ours = {wanted.backup_role, *wanted.databases, *wanted.keepers}
    steps = []
    for role, member in sorted(catalogs.members):
        if (role in ours or member in ours) and (role, member) != (_READS_ALL, wanted.backup_role):
            steps.append(Step(f"role {member}: member of {role}", "REVOKE {} FROM {}", (role, member)))
    if (_READS_ALL, wanted.backup_role) not in catalogs.members:
        text = f"role {wanted.backup_role}: not a member of {_READS_ALL}"
        steps.append(Step(text, "GRANT {} TO {}", (_READS_ALL, wanted.backup_role)))
    return steps


def _sessions(wanted: Wanted, catalogs) -> list[Step]:
    """Return what ends sessions from before a fence: they still write."""
    return [
        Step(
            f"role {keeper}: {catalogs.sessions[keeper]} sessions from before it was fenced",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}",
            (),
            (keeper,),
        )
        for keeper in wanted.keepers
        if keeper in catalogs.sessions
    ]


def _database(name: str, owner: str, connections: int, catalogs) -> list[Step]:
    """Return what makes a database exist with its owner and limit."""
    # Two more than the role may have, so that backup and administration still get in.
    limit = connections + 2
    found = catalogs.databases.get(name)
    if found is None:
        # template0: whatever somebody put into template1 does not reach a tenant.
        statement = f"CREATE DATABASE {{}} OWNER {{}} TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT {limit}"
        return [Step(f"database {name}: missing", statement, (name, owner), alone=True)]
    steps = []
    if found["owner"] != owner:
        text = f"database {name}: owner {found['owner']}"
        steps.append(Step(text, "ALTER DATABASE {} OWNER TO {}", (name, owner)))
    if found["connections"] != limit:
        text = f"database {name}: connection limit {found['connections']}"
        steps.append(Step(text, f"ALTER DATABASE {{}} CONNECTION LIMIT {limit}", (name,)))
    if not found["allows"]:
        steps.append(Step(f"database {name}: closed", "ALTER DATABASE {} ALLOW_CONNECTIONS true", (name,), alone=True))
    if found["template"]:
        steps.append(Step(f"database {name}: template", "ALTER DATABASE {} IS_TEMPLATE false", (name,), alone=True))
    return steps


def _grants(name: str, owner: str, visitors: tuple[str, ...], catalogs) -> list[Step]:
    """Return what leaves the owner everything, the visitors CONNECT, and everybody else nothing."""
    owned = {(owner, privilege, False) for privilege in _OWNER_PRIVILEGES}
    wanted = owned | {(visitor, "CONNECT", False) for visitor in visitors}
    public = {("PUBLIC", "CONNECT", False), ("PUBLIC", "TEMPORARY", False)}
    present = catalogs.databases.get(name)
    found = set(present["grants"]) if present else owned | public
    steps = []
    for grantee in sorted({grantee for grantee, _, _ in found - wanted}):
        who, names = ("PUBLIC", ()) if grantee == "PUBLIC" else ("{}", (grantee,))
        what = ", ".join(privilege.lower() for other, privilege, _ in sorted(found - wanted) if other == grantee)
        text = f"database {name}: {what} for {grantee}"
        steps.append(Step(text, f"REVOKE ALL ON DATABASE {{}} FROM {who} CASCADE", (name, *names)))
        # What was revoked with the surplus comes back below.
        found = {grant for grant in found if grant[0] != grantee}
    for grantee, privilege, _ in sorted(wanted - found):
        text = f"database {name}: no {privilege.lower()} for {grantee}"
        steps.append(Step(text, f"GRANT {privilege} ON DATABASE {{}} TO {{}}", (name, grantee)))
    return steps


def foreign(wanted: Wanted, catalogs) -> list[str]:
    """Return databases and roles that nobody declared."""
    roles = sorted(set(catalogs.roles) - set(wanted.databases) - set(wanted.keepers) - {wanted.backup_role, "postgres"})
    databases = sorted(set(catalogs.databases) - set(wanted.databases) - set(OWN_DATABASES))
    return [f"role {name}" for name in roles] + [f"database {name}" for name in databases]
