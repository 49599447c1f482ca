"""Makes the master key of an owner that is new: the one place that asks whether a new key would do harm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kogge.deploy.custody import refuse_loss
from kogge.deploy.stacks.backend import Backend
from kogge.errors import KoggeError, UsageError
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import Keyring, UnsignedKey, sign_keys, unsigned_keys
from kogge.trust import is_sandbox_own, key_directory


def ensure_key(estate: Estate, keyring: Keyring, owner: str, *, asked: bool = False) -> bool:
    """Make the owner's master key if it has none, the platform's before it, and tell whether the owner's was made.

    ``asked``: somebody asked for just this key.

    :raises KeyWouldBeLostError: it would lie where nothing keeps it.
    :raises KeyringError: the owner has a stack but no key: what the stack holds was encrypted with one that is lost or
        elsewhere.
    :raises PinError: this machine has no pinned key of the platform that can be used.
    """
    has_stack = Backend(estate).read(owner) is not None
    if keyring.has(owner):
        if not has_stack:
            refuse_loss(estate, owner, asked=asked)
        return False
    if has_stack:
        raise keyring.lost(owner)
    refuse_loss(estate, owner, asked=asked)
    if owner != PLATFORM:
        # Every other key carries its signature.
        ensure_key(estate, keyring, PLATFORM, asked=asked)
    keyring.create(owner, has_stack=has_stack)
    return True


def require_key(estate: Estate, keyring: Keyring, owner: str) -> None:
    """Refuse where a key is needed and none may be made.

    :raises KeyringError: the owner has no key.
    :raises UntrustedKeyError: it does not carry the platform's signature.
    """
    if not keyring.has(owner) and Backend(estate).read(owner) is not None:
        raise keyring.lost(owner)
    keyring.fingerprint(owner)


def new_key(estate: Estate, owner: str) -> str:
    """Make the master key of an owner that has none, and return its fingerprint.

    :raises UsageError: nobody of that name owns a stack.
    :raises KoggeError: the owner has a key already, or has a stack.
    """
    require_owner(estate, owner)
    keyring = Keyring(estate)
    if not ensure_key(estate, keyring, owner, asked=True):
        raise KoggeError(f"{owner} has a master key already in {keyring.directory}")
    return keyring.fingerprint(owner)


def require_owner(estate: Estate, owner: str) -> None:
    """Refuse a name that nobody bears.

    :raises UsageError: nobody of that name owns a stack.
    """
    if owner not in owners(estate):
        raise UsageError(f"no such tenant: {owner}", hint="kogge tenant list shows them")


def owners(estate: Estate) -> tuple[str, ...]:
    """Return everybody who owns a key: the platform, then all tenants by name, those with a wrong file too."""
    return (PLATFORM, *sorted({*estate.tenants, *estate.blocked}))


def confirmed_keys(found: Sequence[UnsignedKey], fingerprints: Iterable[str], *, yes: bool) -> tuple[UnsignedKey, ...]:
    """Return the keys to sign, each of which the command line names with its fingerprint: ``OWNER=FINGERPRINT``.

    :raises UsageError: one is not named, is another one, or nobody said yes.
    """
    named = dict(entry.partition("=")[::2] for entry in fingerprints)
    wrong = [key for key in found if named.get(key.owner) != key.fingerprint]
    if wrong or not yes:
        words = " ".join(f"--fingerprint {key.owner}=…" for key in wrong or found)
        raise UsageError(
            f"not signed: the fingerprints of {', '.join(key.owner for key in wrong or found)} are not confirmed",
            hint=f"compare them with an older `kogge keys list`, then give: --yes {words}",
        )
    return tuple(found)


def sign_sandbox_keys(estate: Estate) -> tuple[str, ...]:
    """Sign the keys of the data root's own sandbox that carry no signature yet, and return their owners.

    Nobody is asked: the sandbox's identities lie beside its keys, so whoever could plant one of them could open all.
    Other keys are left alone.
    """
    keyring = Keyring(estate)
    if not is_sandbox_own(estate, key_directory(estate)) or not any(map(keyring.has, owners(estate))):
        return ()
    ensure_key(estate, keyring, PLATFORM)
    found = unsigned_keys(estate, owners(estate))
    sign_keys(estate, found)
    return tuple(key.owner for key in found)
