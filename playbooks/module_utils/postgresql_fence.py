"""The fence around the database of a tenant that is leaving: its role reads and cannot write.

Who owns a table can always write it, or grant itself the right to. So the role that owned the database goes on as its
keeper, under another name and without a login, and the name of the login belongs to a new role that owns nothing and
may read everything in that one database. Both ways nothing but rights and names is touched, never a row.

``pg_read_all_data`` would be shorter and is wrong: it reads ``pg_authid``, where the verifiers of all tenants are.
"""

from __future__ import annotations

from ansible.module_utils.postgresql import rows
from ansible.module_utils.postgresql_step import Step, words

LOGIN = {"superuser": False, "inherit": True, "createrole": False, "createdb": False, "login": True}
LOGIN |= {"replication": False, "bypassrls": False}
"""A role that logs in and is nothing else."""
KEEPER = {**LOGIN, "login": False}

_MAKERS = "lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
"""Functions that write and that everybody may call: they make large objects, for which no right is asked."""

_GAPS = """
WITH reader AS (SELECT oid FROM pg_roles WHERE rolname = %(role)s),
things AS (
    SELECT 'SCHEMA' AS kind, quote_ident(nspname) AS thing, nspacl AS acl, nspowner AS owner, 'USAGE' AS wanted
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%%I.%%I', nspname, relname),
           relacl, relowner, 'SELECT'
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'LARGE OBJECT', oid::text, lomacl, lomowner, 'SELECT' FROM pg_largeobject_metadata
)
SELECT kind, thing FROM things, reader
WHERE owner <> reader.oid
  AND (SELECT array_agg(privilege_type) FROM aclexplode(acl) WHERE grantee = reader.oid)
      IS DISTINCT FROM ARRAY[wanted]
UNION ALL
SELECT 'OWNED', count(*)::text FROM pg_shdepend, reader
WHERE refclassid = 'pg_authid'::regclass AND refobjid = reader.oid AND deptype = 'o'
  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
HAVING count(*) > 0
UNION ALL
SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p, reader
WHERE p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea') AND p.pronamespace = 'pg_catalog'::regnamespace
  AND has_function_privilege(reader.oid, p.oid, 'EXECUTE')
"""


def keeper_of(name: str) -> str:
    """Return the name under which the owner of a fenced database goes on."""
    return f"_{name}"


def crossings(wanted, catalogs) -> list[Step]:
    """Return the steps that put up or take down fences; after them the catalogs are others."""
    steps = []
    for name, database in wanted.databases.items():
        if name not in catalogs.databases:
            continue
        keeper, verifier = keeper_of(name), wanted.verifiers.get(name)
        fenced, owner = wanted.owner(name) == keeper, catalogs.databases[name]["owner"]
        if fenced and name in catalogs.roles and keeper not in catalogs.roles:
            steps.append(_put_up(name, keeper, int(database["connections"]), verifier))
        # A role that bears the keeper's name and owns nothing is a stranger.
        if not fenced and owner == keeper:
            steps.append(_take_down(name, keeper, verifier, reader=name in catalogs.roles))
    return steps


def _put_up(name: str, keeper: str, connections: int, verifier: str | None) -> Step:
    template = (
        "ALTER ROLE {0} RENAME TO {1}; ALTER ROLE {1} NOLOGIN PASSWORD NULL CONNECTION LIMIT 0; "
        f"CREATE ROLE {{0}} {words(LOGIN)} CONNECTION LIMIT {connections} PASSWORD {{2}}"
    )
    return Step(f"role {name}: may write", template, (name, keeper), (verifier,))


def _take_down(name: str, keeper: str, verifier: str | None, *, reader: bool) -> Step:
    """Return what gives the owner its name and its login back; what the reader might own goes to the owner first."""
    template = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {2}; "
        "REASSIGN OWNED BY {0} TO {1}; DROP OWNED BY {0}; DROP ROLE {0}; "
        if reader
        else ""
    )
    template += (
        "ALTER ROLE {1} RENAME TO {0}; ALTER ROLE {0} LOGIN PASSWORD {3}; "
        f"GRANT EXECUTE ON FUNCTION {_MAKERS} TO PUBLIC"
    )
    return Step(f"role {name}: may not write", template, (name, keeper), (name, verifier), database=name)


def gaps(connection, name: str) -> list[dict[str, str]]:
    """Return what the reader of the connected database may not read, and what lets it write: ``kind`` and ``thing``."""
    return rows(connection, _GAPS, {"role": name})


def closing(name: str, found: list[dict[str, str]]) -> list[Step]:
    """Return the step that closes the gaps of one database."""
    if not found:
        return []
    template = "; ".join(_closing(row["kind"], row["thing"]) for row in found)
    text = f"database {name}: {len(found)} rights that differ from reading alone"
    return [Step(text, template, (name, keeper_of(name)), database=name)]


def _closing(kind: str, thing: str) -> str:
    """Return the statement for one gap; ``thing`` was quoted by the server."""
    thing = thing.replace("{", "{{").replace("}", "}}")
    if kind == "OWNED":
        return "REASSIGN OWNED BY {0} TO {1}"
    if kind == "FUNCTION":
        return f"REVOKE EXECUTE ON FUNCTION pg_catalog.{thing} FROM PUBLIC"
    right = "USAGE" if kind == "SCHEMA" else "SELECT"
    return f"REVOKE ALL ON {kind} {thing} FROM {{0}}; GRANT {right} ON {kind} {thing} TO {{0}}"
