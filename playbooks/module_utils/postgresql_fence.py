"""The fence around the database of a tenant that is leaving: its role reads and cannot write.

Who owns a table can always write it, or grant itself the right to. So the role that owned the database goes on as its
keeper, under another name and without a login, and the name of the login belongs to a new role that owns nothing and
may read everything in that one database. Both ways nothing but rights and names is touched, never a row. What it may
do on each kind of thing, and which functions that write everybody may call elsewhere, stands in the document.
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
    WHERE owner <> reader.oid
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
      AND pg_catalog.has_function_privilege(reader.oid, p.oid, 'EXECUTE')
) AS found LIMIT %(most)s
"""


def crossings(wanted, catalogs) -> list[Step]:
    """Return the steps that put up or take down fences; after them the catalogs are others."""
    steps = []
    for name, database in wanted.databases.items():
        if name not in catalogs.databases:
            continue
        keeper, fenced, owner = database["keeper"], database["fenced"], catalogs.databases[name]["owner"]
        if fenced and name in catalogs.roles and keeper not in catalogs.roles:
            steps.append(_put_up(name, keeper, wanted))
        # A role that bears the keeper's name and owns nothing is a stranger.
        if not fenced and owner == keeper:
            steps.append(_take_down(name, keeper, wanted, reader=name in catalogs.roles))
    return steps


def _put_up(name: str, keeper: str, wanted) -> Step:
    def limit(role: str) -> str:
        return f"{words(wanted.profile(role)['attributes'])} CONNECTION LIMIT {wanted.roles[role]['connections']}"

    template = (
        f"ALTER ROLE {{0}} RENAME TO {{1}}; ALTER ROLE {{1}} {limit(keeper)} PASSWORD NULL; "
        f"CREATE ROLE {{0}} {limit(name)} PASSWORD {{2}}"
    )
    return Step(f"role {name}: may write", template, (name, keeper), (wanted.verifiers.get(name),))


def _take_down(name: str, keeper: str, wanted, *, reader: bool) -> Step:
    """Return what gives the owner its name and its login back; what the reader might own goes to the owner first."""
    functions = ", ".join(f"pg_catalog.{function}" for function in wanted.cluster["fence"]["functions"])
    template = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {2}; "
        "REASSIGN OWNED BY {0} TO {1}; DROP OWNED BY {0}; DROP ROLE {0}; "
        if reader
        else ""
    )
    template += (
        "ALTER ROLE {1} RENAME TO {0}; ALTER ROLE {0} LOGIN PASSWORD {3}; "
        f"GRANT EXECUTE ON FUNCTION {functions} TO PUBLIC"
    )
    values = (name, wanted.verifiers.get(name))
    return Step(f"role {name}: may not write", template, (name, keeper), values, database=name)


def gaps(connection, name: str, fence: dict) -> list[dict[str, str]]:
    """Return what the reader of the connected database may not read, and what lets it write: ``kind`` and ``thing``."""
    functions = [function.partition("(")[0] for function in fence["functions"]]
    return rows(connection, _GAPS, {**fence["rights"], "role": name, "functions": functions, "most": AT_ONCE})


def closing(name: str, keeper: str, fence: dict, found: list[dict[str, str]]) -> list[Step]:
    """Return the step that closes the gaps of one database."""
    if not found:
        return []
    template = "; ".join(_closing(row["kind"], row["thing"], fence["rights"]) for row in found)
    text = f"database {name}: {len(found)} rights that differ from reading alone"
    return [Step(text, template, (name, keeper), database=name)]


def _closing(kind: str, thing: str, rights: dict[str, str]) -> str:
    """Return the statement for one gap; ``thing`` was quoted by the server."""
    thing = thing.replace("{", "{{").replace("}", "}}")
    if kind == "OWNED":
        return "REASSIGN OWNED BY {0} TO {1}"
    if kind == "FUNCTION":
        return f"REVOKE EXECUTE ON FUNCTION pg_catalog.{thing} FROM PUBLIC"
    return f"REVOKE ALL ON {kind} {thing} FROM {{0}}; GRANT {rights[kind]} ON {kind} {thing} TO {{0}}"
