"""HKDF-SHA256 from a master key to one secret; pure.

The info string is ``kogge/v1/<owner>/<purpose>/<service>/<version>``. Owners, purposes and services contain no
``/``, so two different names never give the same info. https://www.rfc-editor.org/rfc/rfc5869
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kogge.derived import Derived

LENGTH = 32


def expand(master: bytes, info: str) -> bytes:
    """Return 32 bytes that follow from a master key and an info string.

    :raises ValueError: the master key has a wrong length.
    """
    if len(master) != LENGTH:
        raise ValueError(f"a master key has {LENGTH} bytes, not {len(master)}")
    return HKDF(algorithm=SHA256(), length=LENGTH, salt=None, info=info.encode()).derive(master)


def derive(master: bytes, secret: Derived) -> str:
    """Return the secret: 32 bytes as base64url without padding (43 characters).

    :raises ValueError: a part of the name holds a ``/``, the version is below 1, or the master key has a wrong length.
    """
    parts = (secret.owner, str(secret.purpose), secret.service)
    if any("/" in part for part in parts) or secret.version < 1:
        raise ValueError(f"not the name of a derived secret: {secret}")
    derived = expand(master, "/".join(("kogge", "v1", *parts, str(secret.version))))
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def fingerprint(master: bytes) -> str:
    """Return 32 hex digits that tell two master keys apart and give nothing of either away."""
    return hashlib.sha256(expand(master, "kogge/v1/fingerprint")).hexdigest()[:32]
