"""What is inside the databases of a PostgreSQL cluster and between them, beside the tenants' own tables. Reads only.

Every catalog that is read inside a database is public, so the weakest role reads it. A tenant may make as many things
as fit into its database: of each kind the first are told, and that there are more.
"""

from __future__ import annotations

from ansible.module_utils.postgresql import rows

SHOWN = 200
"""How many of each kind are told."""
_KINDS = {
    "rights on schemas": """
SELECT 'schema ' || n.nspname AS thing, coalesce(g.rolname, 'PUBLIC') AS grantee, a.privilege_type AS privilege
FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
""",
    "rights on tables": """
SELECT 'table ' || n.nspname || '.' || c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) a
LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
""",
    "rights on columns": """
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || t.attname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, pg_catalog.aclexplode(t.attacl) a
LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE t.attacl IS NOT NULL AND n.nspname <> 'pg_catalog'
""",
    "rights on functions": """
SELECT 'function ' || n.nspname || '.' || p.proname, g.rolname, a.privilege_type
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, pg_catalog.aclexplode(p.proacl) a
JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
""",
    "rights on large objects": """
SELECT 'large object ' || m.oid, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_largeobject_metadata m, pg_catalog.aclexplode(m.lomacl) a
LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
""",
    "default privileges": """
SELECT 'default privileges', coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) a
LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
""",
    "rights on functions of PostgreSQL": """
SELECT 'function pg_catalog.' || p.proname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_init_privs i
    ON i.objoid = p.oid AND i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass,
     pg_catalog.aclexplode(p.proacl) a LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE p.proacl IS NOT NULL AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(coalesce(i.initprivs, pg_catalog.acldefault('f', p.proowner))) w
    WHERE (w.grantee, w.privilege_type) = (a.grantee, a.privilege_type))
""",
    "rights on tables of PostgreSQL": """
SELECT 'table pg_catalog.' || c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_init_privs i
    ON i.objoid = c.oid AND i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.objsubid = 0,
     pg_catalog.aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
WHERE c.relacl IS NOT NULL AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(coalesce(i.initprivs, pg_catalog.acldefault('r', c.relowner))) w
    WHERE (w.grantee, w.privilege_type) = (a.grantee, a.privilege_type))
""",
    "languages": """
SELECT 'language ' || lanname, '', 'untrusted' FROM pg_catalog.pg_language
WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')
""",
    "event triggers": "SELECT 'event trigger ' || evtname, '', 'exists' FROM pg_catalog.pg_event_trigger",
    "functions of a superuser": """
SELECT 'function ' || n.nspname || '.' || p.proname, '', 'security definer of ' || r.rolname
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
WHERE p.prosecdef AND r.rolsuper AND n.nspname !~ '^pg_'
""",
    "extensions": """
SELECT 'extension ' || extname, '', 'of ' || r.rolname
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_roles r ON r.oid = e.extowner
WHERE r.rolsuper AND extname <> 'plpgsql'
""",
    "foreign data wrappers": """
SELECT 'foreign data wrapper ' || fdwname, '', 'exists' FROM pg_catalog.pg_foreign_data_wrapper
""",
    "foreign servers": "SELECT 'foreign server ' || srvname, '', 'exists' FROM pg_catalog.pg_foreign_server",
    "user mappings": """
SELECT 'user mapping of ' || usename || ' on ' || srvname, '', 'exists' FROM pg_catalog.pg_user_mappings
""",
    "publications": "SELECT 'publication ' || pubname, '', 'exists' FROM pg_catalog.pg_publication",
}
_SHARED = """
SELECT 'tablespace ' || spcname AS item, ARRAY[]::text[] AS path, pg_tablespace_location(oid) AS told
FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')
UNION ALL
SELECT 'replication slot ' || slot_name, ARRAY[]::text[], slot_type FROM pg_replication_slots
UNION ALL
SELECT 'subscription ' || s.subname, ARRAY[]::text[], 'in ' || d.datname
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
UNION ALL
SELECT 'parameter ' || parname, ARRAY['grants', coalesce(g.rolname, 'PUBLIC')]::text[], a.privilege_type
FROM pg_parameter_acl, aclexplode(paracl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE a.grantee <> 10
UNION ALL
SELECT 'database ' || d.datname, ARRAY['owned', r.rolname]::text[], count(*) || ' objects'
FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid
WHERE s.deptype = 'o' AND s.refclassid = 'pg_authid'::regclass AND r.oid <> d.datdba
GROUP BY d.datname, r.rolname
"""


def inside(connection, own: list[str]) -> tuple[list[dict], list[str]]:
    """Return rights and things that only an administrator makes in the connected database, and what was cut off.

    One row each: ``thing``, ``grantee`` (empty where it is no right) and ``privilege``. Rights of ``own`` roles are
    left out.
    """
    parts = (
        f"(SELECT '{kind}' AS kind, found.* FROM ({query}) AS found (thing, grantee, privilege) "  # noqa: S608 (ours)
        "WHERE grantee <> ALL(%(own)s) LIMIT %(most)s)"
        for kind, query in _KINDS.items()
    )
    found: dict[str, list[dict]] = {}
    for row in rows(connection, " UNION ALL ".join(parts), {"own": own, "most": SHOWN + 1}):
        found.setdefault(row.pop("kind"), []).append(row)
    cut = [f"more than {SHOWN} {kind}: not all are shown" for kind, things in found.items() if len(things) > SHOWN]
    return [row for things in found.values() for row in things[:SHOWN]], cut


def shared(connection) -> list[dict]:
    """Return what no cluster of ours has, of all databases together: ``item``, the steps of its ``path``, ``told``."""
    return rows(connection, _SHARED)
