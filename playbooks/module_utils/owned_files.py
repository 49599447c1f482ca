"""Files that a role owns as a whole: compare them with the disk, write them in one step.

Shared by the modules of this directory; runs on the hosts with the Python of Debian 12.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat


class OwnedFile:
    """A file as the document describes it, beside what is on the disk."""

    def __init__(self, wanted: dict[str, str]) -> None:
        self.path = wanted["path"]
        self.content = wanted["content"].encode()
        self.mode = int(wanted["mode"], 8)
        self.owner = wanted["owner"]
        self.group = wanted["group"]

    def differences(self) -> list[str]:
        """Return what differs on the disk, in words; empty when nothing does."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            return ["missing"]
        if not stat.S_ISREG(status.st_mode):
            return ["not a regular file"]
        found = []
        if read(self.path) != self.content:
            found.append("content")
        if stat.S_IMODE(status.st_mode) != self.mode:
            found.append(f"mode {stat.S_IMODE(status.st_mode):04o}")
        if _name(pwd.getpwuid, status.st_uid) != self.owner:
            found.append(f"owner {_name(pwd.getpwuid, status.st_uid)}")
        if _name(grp.getgrgid, status.st_gid) != self.group:
            found.append(f"group {_name(grp.getgrgid, status.st_gid)}")
        return found

    def write(self) -> None:
        """Put the file in place at once: readers see the old one or the new one."""
        directory, name = os.path.split(self.path)
        os.makedirs(directory, mode=0o755, exist_ok=True)
        # Always the same name: what a killed run left of it is gone with the next.
        temporary = os.path.join(directory, f".kogge-{name}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(self.content)
                file.flush()
                os.fsync(file.fileno())
            os.chown(temporary, pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid)
            os.chmod(temporary, self.mode)
            os.replace(temporary, self.path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise


FILE_OPTIONS = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
}
"""The argument specification of one file."""


def read(path: str) -> bytes | None:
    """Return the content of a regular file, or None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, IsADirectoryError):
        return None


def summary(changed: dict[str, list[str]]) -> list[str]:
    """Return one line per file: path and what differed."""
    return [f"{path}: {', '.join(what)}" for path, what in changed.items()]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _name(lookup, number: int) -> str:
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)
