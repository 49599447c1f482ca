"""Names that the host resolves for itself."""

from __future__ import annotations


def host_names() -> list[dict]:
    """Return address and name of every entry of ``/etc/hosts``."""
    found = []
    with open("/etc/hosts", encoding="utf-8", errors="replace") as file:
        for line in file:
            address, *names = line.split("#", 1)[0].split() or [""]
            found += [{"address": address, "name": name} for name in names]
    return found
