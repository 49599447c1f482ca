"""A file that a role owns: path, whole content, mode, owner, group."""

from __future__ import annotations

import hashlib
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
    told: bool = True
    """Whether its content may leave the host when it is read; of any other file a digest does."""

    @property
    def sha256(self) -> str:
        """Digest of the content, in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    def document(self) -> dict[str, str]:
        """Return the file as the modules take it."""
        return {
            "path": self.path,
            "content": self.content,
            "mode": self.mode,
            "owner": self.owner,
            "group": self.group,
        }
