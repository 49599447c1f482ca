"""Files as they are: which package brought them, whether they are still as they came, who may write them."""

from __future__ import annotations

import array
import fcntl
import grp
import hashlib
import os
import pwd
import re
import stat

INFO = "/var/lib/dpkg/info"
STATUS = "/var/lib/dpkg/status"
SHOWN_BYTES = 64 * 1024
"""More of a file is not returned."""
_GET_FLAGS = 0x80086601
_FROZEN = 0x10 | 0x20
"""FS_IOC_GETFLAGS, FS_IMMUTABLE_FL and FS_APPEND_FL of linux/fs.h on 64-bit machines."""
_SPECIAL = stat.S_ISUID | stat.S_ISGID
_SKIPPED = ("/proc", "/sys", "/run", "/dev", "/var/lib/postgresql", "/var/cache/apt")


class Packages:
    """What dpkg knows: versions, owners of paths, checksums."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.held: list[str] = []
        """Kept at their version: no update installs."""

        self.sums: dict[str, str] = {}
        self._owners: set[str] | None = None
        with open(STATUS, encoding="utf-8") as file:
            for block in file.read().split("\n\n"):
                self._read(block)

    def _read(self, block: str) -> None:
        name = re.search(r"^Package: (.+)$", block, re.MULTILINE)
        state = re.search(r"^Status: (\S+) ok installed$", block, re.MULTILINE)
        if name is None or state is None:
            return
        if state[1] == "hold":
            self.held.append(name[1])
        version = re.search(r"^Version: (.+)$", block, re.MULTILINE)
        self.versions[name[1]] = version[1] if version else ""
        conffiles = re.search(r"^Conffiles:\n((?: .+\n?)+)", block, re.MULTILINE)
        for line in conffiles[1].splitlines() if conffiles else []:
            words = line.split()
            self.sums[words[0]] = words[1]

    def owns(self, path: str) -> bool:
        """Return whether a package brought the path."""
        if self._owners is None:
            self._owners = set()
            for entry in os.scandir(INFO):
                if entry.name.endswith(".list"):
                    with open(entry.path, encoding="utf-8", errors="surrogateescape") as file:
                        self._owners.update(file.read().splitlines())
        return path in self._owners

    def pristine(self, path: str) -> bool | None:
        """Return whether a file of a package is as it came, or None where dpkg keeps no checksum of it."""
        wanted = self.sums.get(path)
        if wanted is None:
            return None
        with open(path, "rb") as file:
            return hashlib.md5(file.read(), usedforsecurity=False).hexdigest() == wanted


def watched_files(watched: list[str], managed: list[str], told: list[str], packages: Packages) -> dict[str, dict]:
    """Return every file and link in the watched places, and every managed file; of those in ``told`` the content."""
    found = {}
    for place in watched:
        for path in _below(place):
            found[shown(path)] = describe(path, packages, path in told)
    for path in managed:
        if path not in found and os.path.lexists(path):
            found[path] = describe(path, packages, path in told)
    return found


def _below(place: str) -> list[str]:
    if not os.path.lexists(place):
        return []
    if os.path.islink(place) or not os.path.isdir(place):
        return [place]
    paths = []
    for directory, names, files in os.walk(place):
        # A link to a directory is an entry of its own; a directory counts for its mode.
        paths += [os.path.join(directory, name) for name in (*files, *names)]
    return paths


def shown(path: str) -> str:
    """Return a path as text: bytes that are no UTF-8, which no report could carry, as ``\\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def describe(path: str, packages: Packages, with_content: bool = False) -> dict:
    """Return kind, mode, owner, group, target or digest of a path, and what its package says of it."""
    status = os.lstat(path)
    fact = {
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        "owner": _name(pwd.getpwuid, status.st_uid),
        "group": _name(grp.getgrgid, status.st_gid),
        "packaged": packages.owns(path),
    }
    if stat.S_ISLNK(status.st_mode):
        return {**fact, "kind": "link", "target": shown(os.readlink(path))}
    if stat.S_ISDIR(status.st_mode):
        return {**fact, "kind": "directory"}
    if not stat.S_ISREG(status.st_mode):
        return {**fact, "kind": "other"}
    try:
        with open(path, "rb", opener=_plain) as file:
            content = file.read()
            fact["frozen"] = _frozen(file.fileno())
            names = os.fstat(file.fileno()).st_nlink
    except OSError as error:
        # Somebody put a link or a pipe in its place since it was looked at.
        return {**fact, "kind": f"other: {error.strerror}"}
    fact |= {"kind": "file", "sha256": hashlib.sha256(content).hexdigest(), "pristine": packages.pristine(path)}
    # A second name may be that of a file whose content is nobody's business.
    if with_content and names == 1:
        fact["content"] = content[:SHOWN_BYTES].decode("utf-8", "replace")
    return fact


def _plain(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _frozen(descriptor: int) -> bool:
    """Return whether a file is immutable or append-only (``chattr``), so that no run can mend it."""
    flags = array.array("l", [0])
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
    except OSError:
        return False
    return bool(flags[0] & _FROZEN)


def special_files() -> dict[str, dict]:
    """Return every setuid or setgid file, every file with capabilities, on the root file system and those below."""
    found = {}
    stack = ["/"]
    while stack:
        directory = stack.pop()
        if directory in _SKIPPED:
            continue
        try:
            entries = list(os.scandir(directory))
        except OSError:
            continue
        for entry in entries:
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                stack.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                if status.st_mode & _SPECIAL or _capable(entry.path):
                    mode = f"{stat.S_IMODE(status.st_mode):04o}"
                    found[shown(entry.path)] = {"mode": mode, "owner": _name(pwd.getpwuid, status.st_uid)}
    return found


def _capable(path: str) -> bool:
    """Return whether a program carries file capabilities, which are as good as a setuid bit."""
    if path.startswith(("/usr/share/", "/usr/lib/python3", "/usr/lib/x86_64-linux-gnu/perl", "/var/lib/")):
        return False
    try:
        return bool(os.getxattr(path, "security.capability", follow_symlinks=False))
    except OSError:
        return False


def _name(lookup, number: int) -> str:
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)
