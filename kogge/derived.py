"""What stands in a desired value where a secret belongs: its name, never its bytes; and the walk over such values.

The bytes are filled in at the edge, by ``kogge.deploy`` and the Pulumi programs; nothing else sees them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kogge.json_value import Json


class Purpose(StrEnum):
    """What a derived secret is for: the closed vocabulary of the key derivation."""

    STACK_PASSPHRASE = "stack-passphrase"  # noqa: S105 (a purpose, no password)
    """Encrypts the values of the owner's Pulumi stack."""
    DATABASE_PASSWORD = "database-password"  # noqa: S105 (a purpose, no password)
    """Password of a service's database role."""
    DATABASE_SALT = "database-salt"
    """SCRAM salt of the same role, so that the verifier converges."""
    SESSION_KEY = "session-key"
    """Signs the sessions of an application."""
    BACKUP_PASSWORD = "backup-password"  # noqa: S105 (a purpose, no password)
    """Password of the tenant's backup repository."""
    REGISTRY_PASSWORD = "registry-password"  # noqa: S105 (a purpose, no password)
    """Password of the tenant's pull-only account at one registry; its name stands in the place of the service."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A secret by name: 32 bytes that follow from the owner's master key, base64url without padding."""

    owner: str
    purpose: Purpose
    service: str
    """Empty where the purpose belongs to the whole owner."""
    version: int = 1

    def identity(self) -> str:
        """Return the name under which the digest of the value is kept."""
        return f"{self.purpose}/{self.service or '-'}/{self.version}"

    def marker(self) -> str:
        """Return what ``render`` prints in its place."""
        return f"<derived {self.owner} {self.purpose} {self.service or '-'} v{self.version}>"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Text with derived values in it, base64-encoded, as ``Secret.data`` wants it."""

    template: str
    """``{}`` once per part; other braces are doubled, as :meth:`str.format` reads them."""
    parts: tuple[Derived, ...]
    label: str = ""
    """Tells two texts with the same parts apart, for instance ``dockerconfigjson``."""

    @property
    def owner(self) -> str:
        """Whose secrets are in it; they are all one owner's."""
        return self.parts[0].owner

    def identity(self) -> str:
        """Return the name under which the digest of the text is kept."""
        names = "+".join(dict.fromkeys(part.identity() for part in self.parts))
        return f"{self.label}:{names}" if self.label else names

    def marker(self) -> str:
        """Return what ``render`` prints in its place: valid base64 that says what it stands for."""
        text = self.template.format(*(part.marker() for part in self.parts))
        return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True, slots=True)
class Verifier:
    """What PostgreSQL keeps of a derived password: a text of its own, that no manifest and no document holds."""

    password: Derived
    salt: Derived

    @property
    def owner(self) -> str:
        """Whose password it is."""
        return self.password.owner

    def identity(self) -> str:
        """Return the name under which the digest of the whole verifier is kept."""
        return f"scram-verifier/{self.password.service}/{self.password.version}"


def verifier_of(owner: str, service: str) -> Verifier:
    """Return the verifier of the database role of a service."""
    password = Derived(owner, Purpose.DATABASE_PASSWORD, service)
    return Verifier(password, Derived(owner, Purpose.DATABASE_SALT, service))


def plain(secret: Derived) -> Encoded:
    """Return the derived value alone, encoded."""
    return Encoded("{}", (secret,))


Secret: TypeAlias = Derived | Encoded
"""What may stand in a manifest or document in the place of a string."""


def secrets_in(value: object) -> Iterator[Secret]:
    """Yield every secret inside a manifest or document, in the form in which it holds it, in order of appearance."""
    match value:
        case Derived() | Encoded():
            yield value
        case Mapping():
            for item in value.values():
                yield from secrets_in(item)
        case list() | tuple():
            for item in value:
                yield from secrets_in(item)


def derived_values(value: object) -> tuple[Derived, ...]:
    """Return every derived value inside a manifest or document, those of its encoded texts too."""
    return tuple(
        part for secret in secrets_in(value) for part in (secret.parts if isinstance(secret, Encoded) else (secret,))
    )


def with_secrets(value: object, replace: Callable[[Secret], str]) -> Json:
    """Return a manifest or document as JSON, with what ``replace`` makes of each secret in its place.

    :raises TypeError: something in it is neither JSON nor a secret.
    """
    match value:
        case Derived() | Encoded():
            return replace(value)
        case Mapping():
            return {str(key): with_secrets(item, replace) for key, item in value.items()}
        case list() | tuple():
            return [with_secrets(item, replace) for item in value]
        case str() | bool() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"not part of a manifest: {type(value).__name__}")


def by_name(value: object) -> Json:
    """Return a manifest or document as JSON, with every secret's marker in its place; raises as `with_secrets`."""
    return with_secrets(value, lambda secret: secret.marker())
