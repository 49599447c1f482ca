"""``keys/<owner>.digests``: SHA-256 of every derived value, so that comparing needs no key.

The keyring writes them; whoever compares reads them here. Nothing in this module opens or derives a secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kogge.atomic import write_atomically
from kogge.derived import Derived, Encoded
from kogge.errors import KoggeError


@dataclass(frozen=True, slots=True)
class OwnerDigests:
    """What may be known of an owner's secrets without any key: what one file holds."""

    owner: str
    fingerprint: str
    """Of the master key."""
    values: Mapping[str, str]
    """Identity of a derived value -> SHA-256 in hex. The values have 256 bits of their own, so no guess finds them."""


@dataclass(frozen=True, slots=True)
class KnownDigests:
    """The digests of several owners, for a check that compares their secrets."""

    by_owner: Mapping[str, Mapping[str, str]]
    """Owner -> identity of a derived value -> SHA-256 of its text in hex."""

    def of(self, secret: Derived | Encoded) -> str | None:
        """Return the SHA-256 of a secret's text in hex; None where no digest is known."""
        owner = secret.owner if isinstance(secret, Derived) else secret.parts[0].owner
        return self.by_owner.get(owner, {}).get(secret.identity())


def digest(value: str) -> str:
    """Return the SHA-256 of a value in hex."""
    return hashlib.sha256(value.encode()).hexdigest()


def digests_path(directory: Path, owner: str) -> Path:
    """Return the file of an owner."""
    return directory / f"{owner}.digests"


def read_digests(directory: Path, owner: str) -> OwnerDigests | None:
    """Return the digests of an owner, or None where there is no such file.

    :raises KoggeError: the file is not what Kogge writes.
    """
    path = digests_path(directory, owner)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return OwnerDigests(document["owner"], document["fingerprint"], dict(document["digests"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KoggeError(
            f"{path}: not a digests file: {error}", hint="restore it from version control, or run `kogge up` again"
        ) from error


def known_digests(directory: Path, owners: Iterable[str]) -> KnownDigests:
    """Return the digests of ``owners``; one without a file has none.

    :raises KoggeError: a digests file is not what Kogge writes.
    """
    found = {owner: read_digests(directory, owner) for owner in owners}
    return KnownDigests({owner: digests.values for owner, digests in found.items() if digests is not None})


def write_digests(directory: Path, digests: OwnerDigests) -> None:
    """Write the file of an owner at once or not at all."""
    document = {
        "version": 1,
        "owner": digests.owner,
        "fingerprint": digests.fingerprint,
        "digests": dict(sorted(digests.values.items())),
    }
    write_atomically(digests_path(directory, digests.owner), json.dumps(document, indent=1) + "\n", mode=0o644)
