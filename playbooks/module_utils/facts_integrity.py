"""Programs as their packages brought them: what was altered, and what no package brought."""

from __future__ import annotations

import os
import re

from ansible.module_utils.facts_files import Packages, describe, shown

_ALTERED = re.compile(r"(?P<what>missing|[?.5-]\S{8})\s+(?:[a-z] )?\s*(?P<path>/.*)")
_DIVERSIONS = "/var/lib/dpkg/diversions"
_MERGED = ("/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib32/", "/usr/lib64/", "/usr/libx32/")
"""Directories that packages still call by their names without ``/usr``."""
_ELSEWHERE = "/usr/local"
"""Watched for itself."""


def altered_files(module) -> dict[str, str]:
    """Return path -> ``missing`` or ``content``, for every file that differs from its package (``dpkg --verify``)."""
    output = module.run_command(["dpkg", "--verify"])[1]
    matches = (_ALTERED.fullmatch(line) for line in output.splitlines())
    return {m["path"]: "missing" if m["what"] == "missing" else "content" for m in matches if m is not None}


def foreign_programs(packages: Packages) -> dict[str, dict]:
    """Return every file and link below ``/usr`` that no package brought; bytecode of Python is left out."""
    found = {}
    for directory, names, files in os.walk("/usr"):
        names[:] = [n for n in names if n != "__pycache__" and os.path.join(directory, n) != _ELSEWHERE]
        for name in (*files, *(n for n in names if os.path.islink(os.path.join(directory, n)))):
            path = os.path.join(directory, name)
            if not (_owned(path, packages) or _alternative(path, packages)):
                found[shown(path)] = describe(path, packages)
    return found


def _owned(path: str, packages: Packages) -> bool:
    return packages.owns(path) or (path.startswith(_MERGED) and packages.owns(path[4:]))


def _alternative(path: str, packages: Packages) -> bool:
    """Return whether a path is one of several programs of packages that do the same (update-alternatives)."""
    chosen = os.path.islink(path) and os.readlink(path).startswith("/etc/alternatives/")
    return chosen and _owned(os.path.realpath(path), packages)


def diverted_files() -> list[str]:
    """Return the paths that an administrator, and no package, moved aside (``dpkg-divert``)."""
    try:
        with open(_DIVERSIONS, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    return [path for path, by in zip(lines[::3], lines[2::3]) if by == ":"]
