"""The difference between wanted and present databases, as statements; no connection is needed to compute it."""

from __future__ import annotations

from ansible.module_utils.postgresql_step import Step, words


class Wanted:
    """The complete wanted set: the part ``database`` of the host's document, and the verifiers that are known."""

    def __init__(self, cluster: dict, verifiers: dict[str, str]) -> None:
        self.cluster = cluster
        self.verifiers = verifiers
        self.roles = {role["name"]: role for role in cluster["roles"]}
        self.databases = {database["name"]: database for database in cluster["databases"]}
        self.own_databases = {database["name"]: database for database in cluster["own_databases"]}

    def without(self, name: str) -> Wanted:
        """Return the same set without one database and its role: nothing is done to them."""
        left = {
            "roles": [role for role in self.cluster["roles"] if role["name"] != name],
            "databases": [database for database in self.cluster["databases"] if database["name"] != name],
        }
        return Wanted({**self.cluster, **left}, self.verifiers)

    def profile(self, name: str) -> dict:
        """Return what all roles of this one's kind are: attributes, password, memberships."""
        return self.cluster["kinds"][self.roles[name]["kind"]]

    @property
    def keepers(self) -> dict[str, str]:
        """Return keeper -> database, for every database behind the fence."""
        return {database["keeper"]: name for name, database in self.databases.items() if database["fenced"]}


def own_roles(wanted: Wanted, catalogs) -> list[Step]:
    """Return what makes the roles by which Kogge itself comes in what they are, members of nothing."""
    names = (wanted.cluster["facts_role"], wanted.cluster["fence_role"])
    steps = [step for name in names for step in _role(wanted.roles[name], wanted, catalogs)]
    for role, member in sorted(catalogs.members):
        if member in names:
            steps.append(Step(f"role {member}: member of {role}", "REVOKE {} FROM {}", (role, member)))
    return steps


def template_made(wanted: Wanted) -> Step:
    """Return what makes the database that tenants' databases are copied from; nobody but a superuser gets in."""
    name, cluster = wanted.cluster["template"], wanted.cluster
    statement = "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {} CONNECTION LIMIT 0 IS_TEMPLATE true"
    names, values = (name, cluster["superuser"]), (cluster["encoding"],)
    return Step(f"database {name}: missing", statement, names, values, alone=True)


def template_finished(wanted: Wanted) -> Step:
    """Return what closes the template to everybody."""
    name = wanted.cluster["template"]
    statement = "ALTER DATABASE {} ALLOW_CONNECTIONS false"
    return Step(f"database {name}: open", statement, (name,), alone=True)


def plan(wanted: Wanted, catalogs) -> list[Step]:
    """Return the steps that make the cluster what is wanted; roles first, for databases have owners."""
    steps: list[Step] = []
    for role in wanted.roles.values():
        steps += _role(role, wanted, catalogs)
    steps += _memberships(wanted, catalogs)
    for database in wanted.databases.values():
        steps += _database(database, wanted.cluster, catalogs)
    for name, database in wanted.databases.items():
        details = _settings(database, catalogs)
        details += _grants(name, database["owner"], database["visitors"], wanted, catalogs)
        for step in details:
            step.implied = name not in catalogs.databases
        steps += details
    steps += _sessions(wanted, catalogs)
    for name, own in wanted.own_databases.items():
        # The rights of the template are ours; whether anybody may connect to template0, PostgreSQL decided.
        if name in catalogs.databases and (own["connectable"] or name == wanted.cluster["template"]):
            steps += _grants(name, catalogs.databases[name]["owner"], own["visitors"], wanted, catalogs)
    for role in wanted.cluster["retired_roles"]:
        if role in catalogs.roles:
            steps += _retirement(role, wanted, catalogs)
    return steps


def _retirement(role: str, wanted: Wanted, catalogs) -> list[Step]:
    """Return what removes a role that Kogge made: what Kogge gave it in databases it no longer declares comes first.

    A role that somebody gave something inside a database cannot be dropped from outside: it loses login and powers,
    and goes on being reported as foreign.
    """
    steps = []
    for name, database in catalogs.databases.items():
        ours = name in wanted.databases or wanted.own_databases.get(name, {"connectable": False})["connectable"]
        if not ours and any(grantee == role for grantee, _, _ in database["grants"]):
            text = f"database {name}: rights of {role}"
            steps.append(Step(text, "REVOKE ALL ON DATABASE {} FROM {} CASCADE", (name, role)))
    if role not in catalogs.held:
        template = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {1}; DROP ROLE {0}"
        return [*steps, Step(f"role {role}: no longer needed", template, (role,), (role,))]
    if catalogs.roles[role]["login"]:
        steps.append(Step(f"role {role}: no longer needed", "ALTER ROLE {} NOLOGIN", (role,)))
    for group, member in sorted(catalogs.members):
        if member == role:
            steps.append(Step(f"role {role}: member of {group}", "REVOKE {} FROM {}", (group, role)))
    return steps


def _role(role: dict, wanted: Wanted, catalogs) -> list[Step]:
    """Return what makes a role exist as its kind says and nothing more; a password that is not known stays."""
    name, connections, profile = role["name"], role["connections"], wanted.profile(role["name"])
    attributes, verifier = profile["attributes"], wanted.verifiers.get(name)
    known = profile["password"] != "derived" or name in wanted.verifiers  # noqa: S105 (a kind, no password)
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


def _settings(wanted: dict, catalogs) -> list[Step]:
    """Return what sets the defaults of a tenant's role in its database, and takes away every other."""
    steps = []
    name, settings = wanted["name"], wanted["settings"]
    for (role, database), found in catalogs.settings.items():
        if (name in (role, database) or role == wanted["keeper"]) and (role, database) != (name, name):
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
    """Return what leaves our roles exactly the wanted memberships."""
    steps = []
    memberships = [(group, name) for name in wanted.roles for group in wanted.profile(name)["member_of"]]
    for role, member in sorted(catalogs.members):
        if (role in wanted.roles or member in wanted.roles) and (role, member) not in memberships:
            steps.append(Step(f"role {member}: member of {role}", "REVOKE {} FROM {}", (role, member)))
    for role, member in memberships:
        if (role, member) not in catalogs.members:
            steps.append(Step(f"role {member}: not a member of {role}", "GRANT {} TO {}", (role, member)))
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


def _database(wanted: dict, cluster: dict, catalogs) -> list[Step]:
    """Return what makes a database exist with its owner and limit."""
    name, owner, limit = wanted["name"], wanted["owner"], wanted["connections"]
    found = catalogs.databases.get(name)
    if found is None:
        # Not template1: whatever somebody put into it does not reach a tenant.
        statement = f"CREATE DATABASE {{}} OWNER {{}} TEMPLATE {{}} ENCODING {{}} CONNECTION LIMIT {limit}"
        names, values = (name, owner, cluster["template"]), (cluster["encoding"],)
        return [Step(f"database {name}: missing", statement, names, values, alone=True)]
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


def _grants(name: str, owner: str, visitors: list[str], state: Wanted, catalogs) -> list[Step]:
    """Return what leaves owner and visitors their rights, and everybody else nothing."""
    rights = state.cluster["rights"]
    owned = {(owner, privilege, False) for privilege in rights["owner"]}
    wanted = owned | {(visitor, privilege, False) for visitor in visitors for privilege in rights["visitor"]}
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
    removed = set(wanted.cluster["retired_roles"]) - catalogs.held
    roles = sorted(set(catalogs.roles) - set(wanted.roles) - removed - {wanted.cluster["superuser"]})
    databases = sorted(set(catalogs.databases) - set(wanted.databases) - set(wanted.own_databases))
    return [f"role {name}" for name in roles] + [f"database {name}" for name in databases]
