"""What the catalogs of PostgreSQL say about roles and databases: five queries, however many tenants there are."""

from __future__ import annotations

from ansible.module_utils.postgresql import rows

ATTRIBUTES = ("superuser", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")

_ROLES = """
SELECT rolname AS name, rolsuper AS superuser, rolinherit AS inherit, rolcreaterole AS createrole,
       rolcreatedb AS createdb, rolcanlogin AS login, rolreplication AS replication, rolbypassrls AS bypassrls,
       rolconnlimit AS connections, rolpassword AS verifier, rolvaliduntil::text AS valid_until
FROM pg_authid WHERE rolname !~ '^pg_'
"""
_SETTINGS = """
SELECT coalesce(r.rolname, '') AS role, coalesce(d.datname, '') AS database,
       ARRAY(SELECT left(item, %(length)s) FROM unnest(s.setconfig) AS item LIMIT %(most)s) AS settings,
       cardinality(s.setconfig) > %(most)s AS cut
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
"""
_SETTINGS_SHOWN = 200
"""Of one role in one database: a tenant may set as many of its own as it likes, and each as long."""
_SETTING_LENGTH = 1000
_MEMBERS = """
SELECT g.rolname AS role, m.rolname AS member, a.admin_option AS admin
FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
WHERE m.rolname !~ '^pg_'
"""
_DATABASES = """
SELECT d.datname AS name, r.rolname AS owner, d.datconnlimit AS connections, d.datallowconn AS allows,
       d.datistemplate AS template, pg_encoding_to_char(d.encoding) AS encoding,
       (SELECT coalesce(json_agg(json_build_array(coalesce(g.rolname, 'PUBLIC'), a.privilege_type, a.is_grantable)),
                        '[]')
        FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a LEFT JOIN pg_roles g ON g.oid = a.grantee)
       AS grants
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
"""
_POWERS = """
SELECT r.rolname AS role FROM pg_roles r
WHERE EXISTS (SELECT FROM pg_roles w WHERE w.rolname = %(role)s AND pg_has_role(w.oid, r.oid, 'MEMBER'))
  AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR r.rolname ~ '^pg_')
ORDER BY 1 LIMIT 1
"""
_HELD = """
SELECT DISTINCT r.rolname AS role FROM pg_roles r JOIN pg_shdepend s ON s.refobjid = r.oid
WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid <> 0 AND r.rolname ~ '^kogge-'
"""
_SESSIONS = """
SELECT r.rolname AS role, count(*) AS sessions
FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid WHERE NOT r.rolcanlogin GROUP BY 1
"""


class Catalogs:
    """Roles, settings, memberships, databases, and sessions of roles that may not log in, as they are."""

    def __init__(self, connection) -> None:
        self.roles = {row.pop("name"): row for row in rows(connection, _ROLES)}
        bounds = {"length": _SETTING_LENGTH, "most": _SETTINGS_SHOWN}
        settings = rows(connection, _SETTINGS, bounds)
        self.settings = {
            (row["role"], row["database"]): dict(item.split("=", 1) for item in row["settings"]) for row in settings
        }
        self.cut_settings = [(row["role"], row["database"]) for row in settings if row["cut"]]
        self.members = {(row["role"], row["member"]): row["admin"] for row in rows(connection, _MEMBERS)}
        self.sessions = {row["role"]: row["sessions"] for row in rows(connection, _SESSIONS)}
        self.held = {row["role"] for row in rows(connection, _HELD)}
        """Roles of Kogge that something inside a database belongs or is granted to: they cannot be dropped."""

        self.databases = {}
        for row in rows(connection, _DATABASES):
            row["grants"] = sorted((grantee, privilege, grantable) for grantee, privilege, grantable in row["grants"])
            self.databases[row.pop("name")] = row


def power(connection, role: str) -> str:
    """Return a role whose power ``role`` has and must not have inside a tenant's database; empty where there is none.

    That a tenant made it a member of the tenant's own role is a finding, and no danger: it gives nothing of others.
    """
    found = rows(connection, _POWERS, {"role": role})
    return found[0]["role"] if found else ""
