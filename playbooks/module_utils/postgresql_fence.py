"""The fence around the database of a tenant that is leaving: its role reads and cannot write.

Who owns a table can always write it, or grant itself the right to. So the role that owned the database goes on as its
keeper, under another name and without a login, and the name of the login belongs to a new role that owns nothing and
may read everything in that one database. Both ways nothing but rights and names is touched, never a row. What it may
do on each kind of thing, and which functions that write only an owner may call, stands in the document.

Rights inside the database are changed by a role that is a member of keeper and reader while it does, and has no other
right: whatever of the tenant's could run there runs with what the tenant had anyway.
"""

from __future__ import annotations

from ansible.module_utils.postgresql import rows
from ansible.module_utils.postgresql_step import Step, words

SHOWN = 200
"""How many gaps the check tells of one database."""
AT_ONCE = 1000
"""How many are read, and closed, at once."""
_GAPS = """
WITH reader AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %(role)s),
things AS (
    SELECT 'SCHEMA' AS kind, pg_catalog.quote_ident(nspname) AS thing, nspacl AS acl, nspowner AS owner,
           %(SCHEMA)s AS wanted
    FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, pg_catalog.format('%%I.%%I', nspname, relname),
           relacl, relowner, CASE relkind WHEN 'S' THEN %(SEQUENCE)s ELSE %(TABLE)s END
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'LARGE OBJECT', oid::text, lomacl, lomowner, %(LARGE OBJECT)s FROM pg_catalog.pg_largeobject_metadata
)
SELECT kind, thing FROM (
    SELECT kind, thing FROM things, reader
    WHERE owner <> reader.oid AND (NOT %(owned)s OR pg_catalog.pg_has_role(owner, 'MEMBER'))
      AND (SELECT pg_catalog.array_agg(privilege_type) FROM pg_catalog.aclexplode(acl) WHERE grantee = reader.oid)
          IS DISTINCT FROM ARRAY[wanted]
    UNION ALL
    SELECT 'OWNED', pg_catalog.count(*)::text FROM pg_catalog.pg_shdepend, reader
    WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND refobjid = reader.oid AND deptype = 'o'
      AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    HAVING pg_catalog.count(*) > 0
    UNION ALL
    SELECT 'FUNCTION', p.oid::pg_catalog.regprocedure::text FROM pg_catalog.pg_proc p, reader
    WHERE p.proname = ANY(%(functions)s) AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
      AND (pg_catalog.has_function_privilege(reader.oid, p.oid, 'EXECUTE')
           OR NOT pg_catalog.has_function_privilege(%(callers)s::pg_catalog.name, p.oid, 'EXECUTE'))
) AS found LIMIT %(most)s
"""


def crossings(wanted, catalogs) -> list[Step]:
    """Return the steps that put up fences; after them the catalogs are others."""
    steps = []
    for name, database in wanted.databases.items():
        keeper = database["keeper"]
        present = name in catalogs.databases and name in catalogs.roles and keeper not in catalogs.roles
        if database["fenced"] and present:
            steps.append(_put_up(name, keeper, wanted))
    return steps


def to_take_down(wanted, catalogs) -> list[str]:
    """Return the databases behind a fence that is no longer wanted.

    A role that bears the keeper's name and owns nothing is a stranger.
    """
    return [
        name
        for name, database in wanted.databases.items()
        if not database["fenced"] and catalogs.databases.get(name, {"owner": ""})["owner"] == database["keeper"]
    ]


def _put_up(name: str, keeper: str, wanted) -> Step:
    def limit(role: str) -> str:
        return f"{words(wanted.profile(role)['attributes'])} CONNECTION LIMIT {wanted.roles[role]['connections']}"

    template = (
        f"ALTER ROLE {{0}} RENAME TO {{1}}; ALTER ROLE {{1}} {limit(keeper)} PASSWORD NULL; "
        f"CREATE ROLE {{0}} {limit(name)} PASSWORD {{2}}"
    )
    return Step(f"role {name}: may write", template, (name, keeper), (wanted.verifiers.get(name),))


def taken_down(name: str, keeper: str, wanted, *, reader: bool) -> Step:
    """Return what gives the owner its name and its login back; what the reader had inside is the owner's by now."""
    template = "DROP OWNED BY {0}; DROP ROLE {0}; " if reader else ""
    template += "ALTER ROLE {1} RENAME TO {0}; ALTER ROLE {0} LOGIN PASSWORD {2}"
    return Step(f"role {name}: may not write", template, (name, keeper), (wanted.verifiers.get(name),))


def given_back(name: str, keeper: str) -> Step:
    """Return what the member of both roles does inside before a fence is taken down."""
    template = "REASSIGN OWNED BY {0} TO {1}; DROP OWNED BY {0}"
    return Step(f"role {name}: rights in its database", template, (name, keeper), database=name)


def members(fence_role: str, name: str, keeper: str, present) -> tuple[list[Step], list[Step]]:
    """Return what lets the fence's role change rights in one database while nobody of the tenant is in it, and back."""
    roles = [role for role in (name, keeper) if role in present]
    # By itself: only what is committed keeps a new session out while the old ones are ended.
    shut = [Step(f"role {name}: may log in", "ALTER ROLE {} NOLOGIN", (name,), alone=True)] if name in present else []
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = ANY(ARRAY[{}, {}])"
    before = [
        *shut,
        Step(f"role {name}: sessions", ended, (), (name, keeper)),
        *(Step(f"role {fence_role}: not a member of {role}", "GRANT {} TO {}", (role, fence_role)) for role in roles),
    ]
    after = [Step(f"role {fence_role}: member of {role}", "REVOKE {} FROM {}", (role, fence_role)) for role in roles]
    if shut:
        after.append(Step(f"role {name}: may not log in", "ALTER ROLE {} LOGIN", (name,)))
    return before, after


def gaps(connection, name: str, fence: dict, *, owned: bool = False) -> list[dict[str, str]]:
    """Return what the reader of the connected database may not read, and what lets it write: ``kind`` and ``thing``.

    ``owned``: only on things that belong to roles of which the session's is a member.
    """
    functions = [function.partition("(")[0] for function in fence["functions"]]
    values = {"role": name, "functions": functions, "callers": fence["callers"], "owned": owned, "most": AT_ONCE}
    return rows(connection, _GAPS, {**fence["rights"], **values})


def closing(name: str, keeper: str, fence: dict, found: list[dict[str, str]]) -> list[Step]:
    """Return the steps that close the gaps of one database, but those that only PostgreSQL's superuser can close."""
    found = [row for row in found if row["kind"] != "FUNCTION"]
    if not found:
        return []
    template = "; ".join(_closing(row["kind"], row["thing"], fence["rights"]) for row in found)
    text = f"database {name}: {len(found)} rights that differ from reading alone"
    return [Step(text, template, (name, keeper), database=name)]


def reserving(name: str, fence: dict, found: list[dict[str, str]]) -> list[Step]:
    """Return what leaves the functions that write to the owner, in a database from before the template."""
    open_to_all = [row["thing"] for row in found if row["kind"] == "FUNCTION"]
    if not open_to_all:
        return []
    text = f"database {name}: everybody may call {', '.join(open_to_all)}"
    return [reservation(name, text, fence, names=(name,))]


def reservation(database: str, text: str, fence: dict, names: tuple = ()) -> Step:
    """Return the step that takes the functions that write from everybody, and from ``names``; owners keep them."""
    functions = ", ".join(f"pg_catalog.{function}" for function in fence["functions"])
    whom = ", ".join(["PUBLIC", *("{}" for _ in names)])
    template = (
        f"REVOKE EXECUTE ON FUNCTION {functions} FROM {whom}; "
        f"GRANT EXECUTE ON FUNCTION {functions} TO {fence['callers']}"
    )
    return Step(text, template, names, database=database)


def _closing(kind: str, thing: str, rights: dict[str, str]) -> str:
    """Return the statement for one gap; ``thing`` was quoted by the server."""
    thing = thing.replace("{", "{{").replace("}", "}}")
    if kind == "OWNED":
        return "REASSIGN OWNED BY {0} TO {1}"
    return f"REVOKE ALL ON {kind} {thing} FROM {{0}}; GRANT {rights[kind]} ON {kind} {thing} TO {{0}}"
