"""Makes the master key of an owner that is new: the one place that asks whether a new key would do harm."""

from __future__ import annotations

from kogge.deploy.stacks.backend import Backend
from kogge.estate.estate import Estate
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
