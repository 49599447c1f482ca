"""What stands in a desired value where a secret belongs.

The bytes are filled in at the edge, by ``kogge.deploy`` and the Pulumi programs; nothing else sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a derived secret is for: the closed vocabulary of the key derivation."""

    STACK_PASSPHRASE = "stack-passphrase"
    """Encrypts the values of the owner's Pulumi stack."""
    DATABASE_PASSWORD = "database-password"  # noqa: S105 (a purpose, no password)
    """Password of a service's database role."""
    DATABASE_SALT = "database-salt"
    """SCRAM salt of the same role, so that the verifier converges."""
    SESSION_KEY = "session-key"
    """Signs the sessions of an application."""
    BACKUP_PASSWORD = "backup-password"  # noqa: S105 (a purpose, no password)
    """Password of the tenant's backup repository."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A secret by name: 32 bytes that follow from the owner's master key, base64url without padding."""

    owner: str
    purpose: Purpose
    service: str
    """Empty where the purpose belongs to the whole owner."""
    version: int = 1

    def marker(self) -> str:
        """Return what ``render`` prints in its place."""
        return f"<derived {self.owner} {self.purpose} {self.service or '-'} v{self.version}>"
