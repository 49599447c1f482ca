"""Brings keys over that carry no signature of the platform: of before there were any, or with their digests lost.

What says whose key it is, is a person who knows its fingerprint; here it is only read, compared and signed. The digests
of an unsigned file are not believed, so they are left out: the next apply writes them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kogge.digests import OwnerDigests, SignedDigests, digests_path, read_digests, write_digests
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring.derivation import fingerprint
from kogge.keyring.making import making
from kogge.keyring.master import KeyMissingError, KeyringError, read_identities, read_master
from kogge.keyring.signing import public_key, signed
from kogge.trust import PinMissingError, key_directory, other_platform, pin_path, read_pin, write_pin


@dataclass(frozen=True, slots=True)
class UnsignedKey:
    """A key that nothing vouches for yet."""

    owner: str
    fingerprint: str
    why: str


def unsigned_keys(estate: Estate, owners: Iterable[str]) -> tuple[UnsignedKey, ...]:
    """Return the keys of ``owners`` that are not signed, and the platform's own where it is not pinned here.

    :raises KeyringError: the platform has no key, one cannot be opened, or one is not what its own digests name.
    :raises PinError: another platform's key is pinned here, or the pin cannot be used.
    """
    directory, platform = key_directory(estate), _platform_master(estate)
    pinned = _is_pinned(estate, platform)
    found = []
    for owner in dict.fromkeys((PLATFORM, *owners)):
        try:
            one = _unsigned(directory, owner, _master(estate, owner), public_key(platform))
        except KeyMissingError:
            continue
        if one is not None:
            found.append(one)
        elif owner == PLATFORM and not pinned:
            found.append(UnsignedKey(PLATFORM, fingerprint(platform), f"not pinned in {pin_path(estate)}"))
    return tuple(found)


def sign_keys(estate: Estate, confirmed: Sequence[UnsignedKey]) -> None:
    """Sign keys whose fingerprints a person confirmed, and pin the platform's own where it is among them.

    :raises KeyringError: a key is not the confirmed one any more, or the platform's is neither pinned nor confirmed.
    """
    directory = key_directory(estate)
    with making(directory):
        platform = _platform_master(estate)
        if not _is_pinned(estate, platform):
            if all(key.owner != PLATFORM for key in confirmed):
                raise KeyringError("the platform's own key comes first", hint="kogge keys sign platform")
            write_pin(estate, public_key(platform))
        for key in confirmed:
            master = _master(estate, key.owner)
            if fingerprint(master) != key.fingerprint:
                raise KeyringError(f"the master key of {key.owner} changed just now", hint="run the command again")
            if _unsigned(directory, key.owner, master, public_key(platform)) is not None:
                write_digests(directory, signed(OwnerDigests(key.owner, key.fingerprint, {}), platform))


def _platform_master(estate: Estate) -> bytes:
    try:
        return _master(estate, PLATFORM)
    except KeyMissingError as error:
        raise KeyringError(f"{error.message}: nothing can be signed without it", hint=error.hint) from error


def _master(estate: Estate, owner: str) -> bytes:
    return read_master(key_directory(estate), owner, read_identities(estate))


def _is_pinned(estate: Estate, platform: bytes) -> bool:
    try:
        pin = read_pin(estate)
    except PinMissingError:
        return False
    if pin != public_key(platform):
        raise other_platform(pin_path(estate))
    return True


def _unsigned(directory: Path, owner: str, master: bytes, public: bytes) -> UnsignedKey | None:
    found = read_digests(directory, owner)
    if found is None:
        return UnsignedKey(owner, fingerprint(master), "no digests")
    if found.digests.fingerprint != fingerprint(master):
        raise KeyringError(
            f"the master key of {owner} is not the one that {digests_path(directory, owner)} names",
            hint="restore both from version control, and find out who replaced one of them",
        )
    return _why_not(found, public, master)


def _why_not(found: SignedDigests, public: bytes, master: bytes) -> UnsignedKey | None:
    if not found.signature:
        return UnsignedKey(found.digests.owner, fingerprint(master), "no signature")
    if not found.is_signed_by(public):
        return UnsignedKey(found.digests.owner, fingerprint(master), "SIGNED BY SOMEBODY ELSE")
    return None
