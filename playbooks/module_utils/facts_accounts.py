"""Accounts and groups as they are; of a password only whether there is one."""

from __future__ import annotations

import grp
import os
import pwd

_NO_SHELLS = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")


def accounts() -> dict[str, dict]:
    """Return every account with what lets it in: uid, first group, shell, password, keys in its home."""
    passwords = _passwords()
    found = {}
    for entry in pwd.getpwall():
        keys = [
            name
            for name in ("authorized_keys", "authorized_keys2")
            if os.path.exists(os.path.join(entry.pw_dir, ".ssh", name))
        ]
        found[entry.pw_name] = {
            "uid": entry.pw_uid,
            "group": _group(entry.pw_gid),
            "shell": entry.pw_shell not in _NO_SHELLS,
            "password": passwords.get(entry.pw_name, "none"),
            "keys": keys,
        }
    return found


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _passwords() -> dict[str, str]:
    states = {}
    with open("/etc/shadow", encoding="utf-8") as file:
        for line in file:
            name, password = line.split(":")[:2]
            if password == "":
                states[name] = "empty"
            elif password.startswith(("!", "*")):
                states[name] = "locked"
            else:
                states[name] = "set"
    return states


def group_members(names: list[str]) -> dict[str, list[str]]:
    """Return the members of those of the groups that exist."""
    return {entry.gr_name: sorted(entry.gr_mem) for entry in grp.getgrall() if entry.gr_name in names}
