"""Files that a role owns as a whole: compare them with the disk, write them in one step.

Shared by the modules of this directory; runs on the hosts with the Python of Debian 12.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat

from ansible.module_utils.held_directory import HeldDirectory


class OwnedFile:
    """A file as the document describes it, beside what is on the disk."""

    def __init__(self, wanted: dict[str, str]) -> None:
        self.path = wanted["path"]
        self.directory, self.name = os.path.split(self.path)
        self.content = wanted["content"].encode()
        self.mode = int(wanted["mode"], 8)
        self.owner = wanted["owner"]
        self.group = wanted["group"]

    def differences(self) -> list[str]:
        """Return what differs on the disk, in words; empty when nothing does.

        Raises :class:`Refused` for a link on the way to the file.
        """
        try:
            directory = HeldDirectory(self.directory)
        except FileNotFoundError:
            return ["missing"]
        with directory:
            status = directory.status(self.name)
            if status is not None and not stat.S_ISREG(status.st_mode):
                return ["not a regular file"]
            found = directory.read(self.name)
        return ["missing"] if found is None else self._compare(*found)

    def _compare(self, content: bytes, status: os.stat_result) -> list[str]:
        found = [] if content == self.content else ["content"]
        if stat.S_IMODE(status.st_mode) != self.mode:
            found.append(f"mode {stat.S_IMODE(status.st_mode):04o}")
        if _name(pwd.getpwuid, status.st_uid) != self.owner:
            found.append(f"owner {_name(pwd.getpwuid, status.st_uid)}")
        if _name(grp.getgrgid, status.st_gid) != self.group:
            found.append(f"group {_name(grp.getgrgid, status.st_gid)}")
        return found

    def write(self) -> None:
        """Put the file in place at once: readers see the old one or the new one.

        Raises :class:`OSError`: no room, or :class:`Refused` where something led elsewhere.
        """
        uid, gid = pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid
        with HeldDirectory(self.directory, make=True) as directory:
            directory.write(self.name, self.content, mode=self.mode, uid=uid, gid=gid)


FILE_OPTIONS = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
}
"""The argument specification of one file."""


def summary(changed: dict[str, list[str]]) -> list[str]:
    """Return one line per file: path and what differed."""
    return [f"{path}: {', '.join(what)}" for path, what in changed.items()]


def _name(lookup, number: int) -> str:
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)
