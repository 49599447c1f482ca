"""A file that a role owns: path, whole content, mode, owner, group."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """One file; nothing else may write it."""

    path: str
    content: str
    mode: str = "0644"
    """Octal, four digits."""
    owner: str = "root"
    group: str = "root"
    decides_access: bool = False
    """Whether it says who gets in; the modules do not need to know."""

    def document(self) -> dict[str, str]:
        """Return the file as the modules take it."""
        return {
            "path": self.path,
            "content": self.content,
            "mode": self.mode,
            "owner": self.owner,
            "group": self.group,
        }
