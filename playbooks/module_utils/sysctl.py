"""Kernel parameters through /proc/sys."""

from __future__ import annotations

import os


def _path(name: str) -> str:
    return "/proc/sys/" + name.replace(".", "/")


def read_setting(name: str) -> str | None:
    """Return the value as one line, or None where the kernel has no such parameter."""
    try:
        with open(_path(name), encoding="utf-8") as file:
            return " ".join(file.read().split())
    except OSError:
        return None


def writable(name: str) -> bool:
    """Return whether this machine lets root write the parameter: a container may not."""
    return os.path.exists(_path(name)) and not os.statvfs(_path(name)).f_flag & os.ST_RDONLY


def write_setting(name: str, value: str) -> None:
    """Write the value."""
    with open(_path(name), "w", encoding="utf-8") as file:
        file.write(value)
