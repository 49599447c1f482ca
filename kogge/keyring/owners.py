"""Which owners have a master key, and how much is known of what is derived from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kogge.estate.estate import Estate
from kogge.keyring.keyring import Keyring
from kogge.trust import trusted_digests


@dataclass(frozen=True, slots=True)
class OwnerKey:
    """What may be told of an owner's key."""

    owner: str
    key: bool
    """There is one."""
    fingerprint: str
    """Empty without a key."""
    derived: int
    """Number of derived values whose digests are recorded."""


def owner_keys(estate: Estate, keyring: Keyring, owners: Iterable[str]) -> tuple[OwnerKey, ...]:
    """Return what may be told of the owners' keys, in the order of the owners.

    :raises KeyringError: a key cannot be opened, or is not the one its digests name.
    :raises UntrustedKeyError: a key or a digests file does not carry the platform's signature.
    :raises PinError: this machine has no pinned key of the platform that can be used.
    """
    return tuple(_owner_key(estate, keyring, owner) for owner in owners)


def _owner_key(estate: Estate, keyring: Keyring, owner: str) -> OwnerKey:
    digests = trusted_digests(estate, owner)
    has = keyring.has(owner)
    return OwnerKey(owner, has, keyring.fingerprint(owner) if has else "", len(digests.values) if digests else 0)
