"""``keys/<owner>.digests``: what may be known of an owner's secrets without any key, and who signed it.

The form of the file, and whether a signature fits. The keyring signs; ``kogge.trust`` says whose signature counts.
Nothing in this module opens or derives a secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.atomic import write_atomically
from kogge.errors import KoggeError
from kogge.regular import read_regular

VERSION: Final = 2
"""Of the file. Version 1 had no signature: ``kogge keys sign`` alone still reads it."""
LIMIT: Final = 2**20
"""Bytes of a file: a hundred per derived value, so ten thousand of them."""
_DOMAIN: Final = b"kogge owner digests\n"
"""No other signature of the same key begins like this."""


@dataclass(frozen=True, slots=True)
class OwnerDigests:
    """What may be known of an owner's secrets without any key: what one file holds."""

    owner: str
    fingerprint: str
    """Of the master key."""
    values: Mapping[str, str]
    """Identity of a derived value -> SHA-256 in hex. The values have 256 bits of their own, so no guess finds them."""

    def signed_bytes(self) -> bytes:
        """Return what is signed: owner, fingerprint, every digest, and the version of the form."""
        return _DOMAIN + json.dumps(_body(self), sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class SignedDigests:
    """A file as it lies there; nothing says yet that it can be believed."""

    digests: OwnerDigests
    signature: bytes
    """Ed25519 (RFC 8032); empty: the file is of version 1."""

    def is_signed_by(self, public_key: bytes) -> bool:
        """Tell whether the signature fits the owner, the fingerprint and every digest."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.digests.signed_bytes())
        except InvalidSignature:
            return False
        return True


def digest(value: str) -> str:
    """Return the SHA-256 of a value in hex."""
    return hashlib.sha256(value.encode()).hexdigest()


def digests_path(directory: Path, owner: str) -> Path:
    """Return the file of an owner."""
    return directory / f"{owner}.digests"


def read_digests(directory: Path, owner: str) -> SignedDigests | None:
    """Return what the file of an owner says, or None where there is none.

    :raises KoggeError: the file is not what Kogge writes, or is another owner's.
    """
    path = digests_path(directory, owner)
    try:
        document = json.loads(read_regular(path, limit=LIMIT))
        found = _parsed(document)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise KoggeError(
            f"{path}: not a digests file: {reason}", hint="restore it from version control; without it: kogge keys sign"
        ) from error
    if found.digests.owner != owner:
        raise KoggeError(
            f"{path}: is the digests file of {found.digests.owner!r}", hint="restore it from version control"
        )
    return found


def write_digests(directory: Path, signed: SignedDigests) -> None:
    """Write the file of an owner at once or not at all."""
    document = {**_body(signed.digests), "signature": base64.b64encode(signed.signature).decode()}
    text = json.dumps(document, indent=1) + "\n"
    write_atomically(digests_path(directory, signed.digests.owner), text, mode=0o644)


def _body(digests: OwnerDigests) -> dict[str, object]:
    return {
        "version": VERSION,
        "owner": digests.owner,
        "fingerprint": digests.fingerprint,
        "digests": dict(sorted(digests.values.items())),
    }


def _parsed(document: object) -> SignedDigests:
    if not isinstance(document, dict):
        raise TypeError("no JSON object")
    if document.get("version") not in (1, VERSION):
        raise ValueError(f"its version is {json.dumps(document.get('version'))}, and this Kogge reads {VERSION}")
    values = document["digests"]
    texts = [document["owner"], document["fingerprint"], *values, *values.values()] if isinstance(values, dict) else [0]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("owner, fingerprint and digests are not texts")
    signature = base64.b64decode(document["signature"], validate=True) if document["version"] == VERSION else b""
    return SignedDigests(OwnerDigests(document["owner"], document["fingerprint"], values), signature)
