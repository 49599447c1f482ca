"""Makes the master key of an owner that is new: the one place that asks whether a new key would do harm."""

from __future__ import annotations

from kogge.deploy.stacks.backend import Backend
from kogge.errors import KoggeError, UsageError
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import Keyring


def ensure_key(estate: Estate, keyring: Keyring, owner: str) -> bool:
    """Make the owner's master key if it has none, and tell whether one was made.

    :raises KeyringError: the owner has a stack but no key: what the stack holds was encrypted with one that is lost or
        elsewhere.
    """
    if keyring.has(owner):
        return False
    keyring.create(owner, has_stack=Backend(estate).read(owner) is not None)
    return True


def new_key(estate: Estate, owner: str) -> str:
    """Make the master key of an owner that has none, and return its fingerprint.

    :raises UsageError: nobody of that name owns a stack.
    :raises KoggeError: the owner has a key already, or has a stack.
    """
    if owner not in owners(estate):
        raise UsageError(f"no such tenant: {owner}", hint="kogge tenant list shows them")
    keyring = Keyring(estate)
    if not ensure_key(estate, keyring, owner):
        raise KoggeError(f"{owner} has a master key already in {keyring.directory}")
    return keyring.fingerprint(owner)


def owners(estate: Estate) -> tuple[str, ...]:
    """Return everybody who owns a key: the platform, then all tenants by name, those with a wrong file too."""
    return (PLATFORM, *sorted({*estate.tenants, *estate.blocked}))
