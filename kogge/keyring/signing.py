"""The platform's signature on what is known of an owner's key; pure.

The signing key follows from the platform's master key, so there is nothing more to keep; its info string has no owner
and no purpose, so no derived secret has the same one. Ed25519: RFC 8032.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kogge.digests import OwnerDigests, SignedDigests
from kogge.keyring.derivation import expand

_INFO = "kogge/v1/signature"


def public_key(platform_master: bytes) -> bytes:
    """Return the public half of the signing key, 32 bytes: what is pinned."""
    return _signing_key(platform_master).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def signed(digests: OwnerDigests, platform_master: bytes) -> SignedDigests:
    """Return an owner's digests with the platform's signature on them."""
    return SignedDigests(digests, _signing_key(platform_master).sign(digests.signed_bytes()))


def _signing_key(platform_master: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(expand(platform_master, _INFO))
