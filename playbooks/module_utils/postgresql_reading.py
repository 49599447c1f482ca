"""Everything the check asks of PostgreSQL on this host, read once; needs no Ansible.

What concerns the whole server is read by the superuser in the database ``postgres``. Into every database looks a role
that may connect and nothing more, for what lies in there belongs to a tenant. A database that hangs, refuses or holds
too much is told as unread; the others are read.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.postgresql import Unavailable, connect, enter, rows
from ansible.module_utils.postgresql_catalogs import Catalogs, power
from ansible.module_utils.postgresql_fence import SHOWN, gaps
from ansible.module_utils.postgresql_inside import inside, shared

AT_ONCE = 4
"""Databases that are looked into at once: one that hangs holds up a quarter of the others."""
SECONDS = 180
"""For all databases together; those that are not reached are unread."""

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


def read(question: dict) -> dict:
    """Return the facts, one key per catalog; ``question`` as the host's state asks (``DatabaseQuestion``).

    Raises Unavailable when PostgreSQL does not answer.
    """
    port = question["port"]
    connection, measuring = connect(port), connect(port)
    catalogs = Catalogs(connection)
    too_much = power(connection, question["role"])
    # Sizes are exact: PostgreSQL looks at each file for them, 1 ms per database, while the databases are looked into.
    with ThreadPoolExecutor(max_workers=1) as pool:
        sizes = pool.submit(rows, measuring, _SIZES)
        seen = _inside(question, catalogs, too_much)
        measured = {row["name"]: row["size"] for row in sizes.result()}
    unread = {name: found.unread for name, found in seen.items() if found.unread}
    for role, database in catalogs.cut_settings:
        text = f"more settings of {role or 'all roles'} in {database or 'all databases'} than are shown"
        unread.setdefault(database or role, []).append(text)
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
        "inside": {name: found.rights for name, found in seen.items()},
        "shared": shared(connection),
        "fences": {name: found.fence for name, found in seen.items() if found.fence is not None},
        "unread": unread,
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


class _Seen:
    """What was seen in one database, and what was not."""

    def __init__(self, unread: str = "") -> None:
        self.rights: list[dict] = []
        self.fence: list[dict] | None = None
        self.unread = [unread] if unread else []


def _inside(question: dict, catalogs: Catalogs, too_much: str) -> dict[str, _Seen]:
    """Return what others than the owner may do inside each database, and the gaps of fences."""
    role, deadline = question["role"], time.monotonic() + SECONDS

    def look(name: str) -> _Seen:
        if role not in catalogs.roles:
            return _Seen(f"there is no role {role} to look into it: run 'kogge up'")
        if too_much:
            return _Seen(f"role {role} has the power of {too_much}, so it was not let into what a tenant owns")
        if time.monotonic() > deadline:
            return _Seen("no time was left for it")
        try:
            return _look(question, name, fenced=question["keepers"].get(name) in catalogs.roles)
        except Unavailable as reason:
            return _Seen(str(reason))

    # One that nobody declared is a finding as a whole.
    names = [name for name in question["own"] if catalogs.databases.get(name, {"allows": False})["allows"]]
    # A backend that sees a database for the first time reads its catalogs: some 25 ms of one core.
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return dict(zip(names, pool.map(look, names)))


def _look(question: dict, name: str, *, fenced: bool) -> _Seen:
    seen = _Seen()
    connection = enter(question["port"], question["role"], name, read_only=True)
    try:
        seen.rights, seen.unread = inside(connection, question["own"][name])
        if fenced:
            found = gaps(connection, name, question["fence"])
            seen.fence = found[:SHOWN]
            if len(found) > SHOWN:
                seen.unread.append(f"more than {SHOWN} gaps of the fence: not all are shown")
    finally:
        connection.close()
    return seen
