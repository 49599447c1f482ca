"""What is inside the databases of a PostgreSQL cluster and between them, beside the tenants' own tables. Reads only."""

from __future__ import annotations

from ansible.module_utils.postgresql import rows

_RIGHTS = """
SELECT 'schema ' || n.nspname AS thing, coalesce(g.rolname, 'PUBLIC') AS grantee, a.privilege_type AS privilege
FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'table ' || n.nspname || '.' || c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || t.attname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
     aclexplode(t.attacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE t.attacl IS NOT NULL AND n.nspname <> 'pg_catalog'
UNION ALL
SELECT 'function ' || n.nspname || '.' || p.proname, g.rolname, a.privilege_type
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
JOIN pg_roles g ON g.oid = a.grantee
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'large object ' || m.oid, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_largeobject_metadata m, aclexplode(m.lomacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
UNION ALL
SELECT 'default privileges', coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_default_acl d, aclexplode(d.defaclacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
"""
_BUILT_IN = """
SELECT 'function pg_catalog.' || p.proname AS thing, coalesce(g.rolname, 'PUBLIC') AS grantee,
       a.privilege_type AS privilege
FROM pg_proc p LEFT JOIN pg_init_privs i ON i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass,
     aclexplode(p.proacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE p.proacl IS NOT NULL AND p.pronamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (
    SELECT FROM aclexplode(coalesce(i.initprivs, acldefault('f', p.proowner))) w
    WHERE (w.grantee, w.privilege_type) = (a.grantee, a.privilege_type))
UNION ALL
SELECT 'table pg_catalog.' || c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
FROM pg_class c LEFT JOIN pg_init_privs i ON i.objoid = c.oid AND i.classoid = 'pg_class'::regclass AND i.objsubid = 0,
     aclexplode(c.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE c.relacl IS NOT NULL AND c.relnamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (
    SELECT FROM aclexplode(coalesce(i.initprivs, acldefault('r', c.relowner))) w
    WHERE (w.grantee, w.privilege_type) = (a.grantee, a.privilege_type))
"""
_THINGS = """
SELECT 'language ' || lanname AS thing, '' AS grantee, 'untrusted' AS privilege FROM pg_language
WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')
UNION ALL
SELECT 'event trigger ' || evtname, '', 'exists' FROM pg_event_trigger
UNION ALL
SELECT 'function ' || n.nspname || '.' || p.proname, '', 'security definer of ' || r.rolname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
WHERE p.prosecdef AND r.rolsuper AND n.nspname !~ '^pg_'
UNION ALL
SELECT 'extension ' || extname, '', 'of ' || r.rolname FROM pg_extension e JOIN pg_roles r ON r.oid = e.extowner
WHERE r.rolsuper AND extname <> 'plpgsql'
UNION ALL
SELECT 'foreign data wrapper ' || fdwname, '', 'exists' FROM pg_foreign_data_wrapper
UNION ALL
SELECT 'foreign server ' || srvname, '', 'exists' FROM pg_foreign_server
UNION ALL
SELECT 'user mapping of ' || usename || ' on ' || srvname, '', 'exists' FROM pg_user_mappings
UNION ALL
SELECT 'publication ' || pubname, '', 'exists' FROM pg_publication
"""
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


def inside(connection) -> list[dict]:
    """Return rights and things that only an administrator makes in the connected database.

    One row each: ``thing``, ``grantee`` (empty where it is no right) and ``privilege``.
    """
    return rows(connection, f"{_RIGHTS} UNION ALL {_BUILT_IN} UNION ALL {_THINGS}")


def shared(connection) -> list[dict]:
    """Return what no cluster of ours has, of all databases together: ``item``, the steps of its ``path``, ``told``."""
    return rows(connection, _SHARED)
