#!/usr/bin/python3
"""Ansible module: roles, databases and rules of a PostgreSQL cluster, as they are. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_facts
short_description: Read what the catalogs of PostgreSQL say
description:
  - Returns roles, settings, memberships, databases, the rules of pg_hba.conf as the server reads them, and settings
    that do not come from our file. Of a verifier it returns a digest, never the verifier.
  - Looks into every database with one short connection each, as many at once as there are cores, for what others than
    its owner may do there.
  - Sizes are exact. PostgreSQL looks at each file for them, which takes 1 ms per database; it does so while the
    databases are looked into.
options:
  port:
    description: Port of the cluster.
    type: int
    default: 5432
  keepers:
    description: Each fenced database, and the role that owns it.
    type: dict
    default: {}
  fence:
    description: What the role of a fenced database may do there, as the host's document has it.
    type: dict
    default: {}
author: Kogge
"""

EXAMPLES = r"""
- name: Read PostgreSQL
  postgresql_facts:
    port: 5432
"""

RETURN = r"""
facts:
  description: One key per catalog, or C(unavailable) with the reason.
  type: dict
  returned: always
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postgresql import Unavailable, connect, rows
from ansible.module_utils.postgresql_catalogs import Catalogs
from ansible.module_utils.postgresql_fence import gaps
from ansible.module_utils.postgresql_inside import inside, shared

_RULES = """
SELECT line_number AS line, type, database, user_name AS role, address, netmask, auth_method AS method, error
FROM pg_hba_file_rules ORDER BY line_number
"""
_SETTINGS = """
SELECT f.name, f.setting, f.sourcefile AS file, coalesce(s.pending_restart, false) AS pending_restart
FROM pg_file_settings f LEFT JOIN pg_settings s ON s.name = f.name WHERE f.sourcefile IS NOT NULL
UNION ALL
SELECT name, setting, '', true FROM pg_settings
WHERE pending_restart AND name NOT IN (SELECT name FROM pg_file_settings WHERE name IS NOT NULL)
"""
_SIZES = "SELECT datname AS name, pg_database_size(oid) AS size FROM pg_database"


def main() -> None:
    """Read everything once."""
    module = AnsibleModule(
        argument_spec={
            "port": {"type": "int", "default": 5432},
            "keepers": {"type": "dict", "default": {}},
            "fence": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        facts = read(module.params["port"], module.params["keepers"], module.params["fence"])
    except Unavailable as reason:
        facts = {"unavailable": str(reason)}
    module.exit_json(changed=False, facts=facts)


def read(port: int, keepers: dict[str, str], fence: dict) -> dict:
    """Return the facts, one key per catalog."""
    connection, measuring = connect(port), connect(port)
    catalogs = Catalogs(connection)
    with ThreadPoolExecutor(max_workers=1) as pool:
        sizes = pool.submit(rows, measuring, _SIZES)
        rights, fences = _inside(port, catalogs, keepers, fence)
        measured = {row["name"]: row["size"] for row in sizes.result()}
        return {
            "roles": {name: _role(row) for name, row in catalogs.roles.items()},
            "settings": [
                {"role": role, "database": database, "settings": values}
                for (role, database), values in catalogs.settings.items()
            ],
            "members": [
                {"role": role, "member": member, "admin": admin} for (role, member), admin in catalogs.members.items()
            ],
            "databases": {
                name: {**database, "size": measured.get(name, 0)} for name, database in catalogs.databases.items()
            },
            "sessions": catalogs.sessions,
            "rules": rows(connection, _RULES),
            "configuration": rows(connection, _SETTINGS),
            "inside": rights,
            "shared": shared(connection),
            "fences": fences,
        }


def _role(row: dict) -> dict:
    """Return a role without its verifier: a digest of the whole tells whether it is ours."""
    row = dict(row)
    verifier = row.pop("verifier")
    row["scram"] = verifier is None or verifier.startswith("SCRAM-SHA-256$")
    row["secret"] = verifier is not None
    if verifier is not None:
        row["verifier_sha256"] = hashlib.sha256(verifier.encode()).hexdigest()
    return row


def _inside(
    port: int, catalogs: Catalogs, keepers: dict[str, str], wanted: dict
) -> tuple[dict[str, list], dict[str, list]]:
    """Return what others than the owner may do inside each database, and the gaps of fences."""

    def look(name: str) -> tuple[list, list | None]:
        connection = connect(port, name)
        rights = inside(connection)
        fence = gaps(connection, name, wanted) if keepers.get(name) in catalogs.roles else None
        connection.close()
        return rights, fence

    names = [name for name, database in catalogs.databases.items() if database["allows"]]
    # A backend that sees a database for the first time reads its catalogs: some 25 ms of one core.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        seen = dict(zip(names, pool.map(look, names)))
    rights = {name: found for name, (found, _) in seen.items()}
    return rights, {name: fence for name, (_, fence) in seen.items() if fence is not None}


if __name__ == "__main__":
    main()
