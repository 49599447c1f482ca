#!/usr/bin/python3
"""Ansible module: the files of a PostgreSQL cluster, judged by PostgreSQL before they are used."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_configuration
short_description: Own the configuration of a PostgreSQL cluster
description:
  - Writes the files, asks the server what it thinks of them (pg_hba_file_rules, pg_file_settings), and puts the old
    ones back when it finds an error. Only then it reloads.
  - What needs a restart is returned, also when an earlier run was killed before it.
options:
  port:
    description: Port of the cluster.
    type: int
    default: 5432
  files:
    description: The files, as M(managed_files) takes them.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where it lies., type: path, required: true}
      content: {description: Its whole content., type: str, required: true}
      mode: {description: Octal., type: str, default: "0644"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
author: Kogge
"""

EXAMPLES = r"""
- name: Configure PostgreSQL
  postgresql_configuration:
    files: "{{ database_document.files }}"
"""

RETURN = r"""
changes:
  description: One line per file that differed.
  type: list
  elements: str
  returned: always
restart_needed:
  description: Whether settings wait for a restart.
  type: bool
  returned: always
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.held_directory import HeldDirectory
from ansible.module_utils.owned_files import FILE_OPTIONS, OwnedFile, summary
from ansible.module_utils.postgresql import Unavailable, connect, rows

_ERRORS = """
SELECT 'pg_hba.conf line ' || line_number || ': ' || error AS error FROM pg_hba_file_rules WHERE error IS NOT NULL
UNION ALL
SELECT 'pg_ident.conf line ' || line_number || ': ' || error FROM pg_ident_file_mappings WHERE error IS NOT NULL
UNION ALL
SELECT concat(sourcefile, ' line ', sourceline, ': ', name, ' ', error) FROM pg_file_settings
WHERE error IS NOT NULL AND error <> 'setting could not be applied' AND sourcefile IS NOT NULL
"""
_AT_START = """
SELECT s.name, s.setting, s.boot_val, coalesce(s.unit, '') AS unit,
       s.name IN (SELECT name FROM pg_file_settings WHERE sourcefile IS NOT NULL) AS in_file
FROM pg_settings s WHERE s.context = 'postmaster'
"""
_UNITS = {"B": 1, "kB": 2**10, "8kB": 2**13, "MB": 2**20, "GB": 2**30}
_WAITING = "SELECT name FROM pg_settings WHERE pending_restart"
_RELOAD_SECONDS = 5.0


def main() -> None:
    """Compare, write, judge, reload."""
    module = AnsibleModule(
        argument_spec={
            "port": {"type": "int", "default": 5432},
            "files": {"type": "list", "elements": "dict", "options": FILE_OPTIONS, "required": True},
        },
        supports_check_mode=True,
    )
    files = [OwnedFile(wanted) for wanted in module.params["files"]]
    try:
        different = {file.path: what for file in files if (what := file.differences())}
    except OSError as error:
        module.fail_json(msg=str(error))
    changes = summary(different)
    if different and not module.check_mode:
        restart = use(module, [file for file in files if file.path in different])
    else:
        restart = waiting(module, [file for file in files if file.path in different])
    if restart:
        changes.append("a restart is needed")
    module.exit_json(changed=bool(changes), changes=changes, restart_needed=restart)


def waiting(module: AnsibleModule, unwritten: list[OwnedFile]) -> bool:
    """Return whether a restart is needed: for an earlier run, for a stopped server, or once these files are written."""
    try:
        connection = connect(module.params["port"])
    except Unavailable:
        return True
    if rows(connection, _WAITING):
        return True
    present = {row["name"]: row for row in rows(connection, _AT_START)}
    for file in unwritten:
        if file.path.endswith("/postgresql.conf"):
            wanted = settings(file.content.decode())
            for name, row in present.items():
                target = in_base_unit(wanted[name], row["unit"]) if name in wanted else row["boot_val"]
                if (name in wanted or row["in_file"]) and target != row["setting"]:
                    return True
    return False


def settings(text: str) -> dict[str, str]:
    """Return name and value of each line of a settings file as Kogge writes it."""
    pairs = (line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    return {name: value.strip("'") for name, value in pairs}


def in_base_unit(value: str, unit: str) -> str:
    """Return an amount of memory as PostgreSQL shows it: a number of its own unit; other values as they are."""
    for name in ("GB", "MB", "kB"):
        if unit in _UNITS and value.endswith(name):
            return str(int(value[: -len(name)]) * _UNITS[name] // _UNITS[unit])
    return value


def use(module: AnsibleModule, files: list[OwnedFile]) -> bool:
    """Write the files and reload; return whether a restart is needed. Puts everything back on an error."""
    before = {file.path: present(file) for file in files}
    try:
        connection = connect(module.params["port"])
    except Unavailable:
        # Nobody to judge: the restart will.
        connection = None
    try:
        for file in files:
            file.write()
    except OSError as error:
        put_back(before)
        module.fail_json(msg=f"nothing was changed: {error}")
    if connection is None:
        return True
    errors = [row["error"] for row in rows(connection, _ERRORS)]
    if errors:
        put_back(before)
        module.fail_json(msg=f"put back, for PostgreSQL refuses: {'; '.join(errors[:5])}")
    restart = reload(connection)
    try:
        connect(module.params["port"])
    except Unavailable as reason:
        put_back(before)
        reload(connection)
        module.fail_json(msg=f"put back, for nobody could administer PostgreSQL any more: {reason}")
    return restart


def reload(connection) -> bool:
    """Make the server read its files and wait until it has; return whether it waits for a restart."""
    loaded = "SELECT pg_conf_load_time()::text AS at"
    before = rows(connection, loaded)[0]["at"]
    rows(connection, "SELECT pg_reload_conf()")
    deadline = time.monotonic() + _RELOAD_SECONDS
    while rows(connection, loaded)[0]["at"] == before and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(rows(connection, _WAITING))


def present(file: OwnedFile) -> tuple[bytes, os.stat_result] | None:
    """Return content and status of what is in the file's place, or None where that is no file."""
    try:
        with HeldDirectory(file.directory) as directory:
            return directory.read(file.name)
    except OSError:
        return None


def put_back(before: dict) -> None:
    """Restore content, owner and mode of every file."""
    for path, found in before.items():
        directory, name = os.path.split(path)
        with HeldDirectory(directory) as held:
            if found is None:
                held.remove(name)
            else:
                content, status = found
                mode = status.st_mode & 0o7777
                held.write(name, content, mode=mode, uid=status.st_uid, gid=status.st_gid)


if __name__ == "__main__":
    main()
