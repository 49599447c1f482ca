"""A file that a role owns, as the documents carry it: path, whole content, mode, owner, group."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """One file; nothing else may write it."""

    path: str
    content: str
    mode: str = "0644"
    """Octal, four digits."""
    owner: str = "root"
    group: str = "root"

    def document(self) -> dict[str, str]:
        """Return the file as it stands in a host document."""
        return asdict(self)
