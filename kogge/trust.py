"""What is believed of ``keys/``: what carries a signature of the key that is pinned outside the repository.

Recipients are public, so whoever can write ``keys/`` can encrypt a key of their own to them: that a key can be read
says nothing about whose it is. Believing needs the pinned public key alone, no identity and no master key.
"""

from __future__ import annotations

import base64
import binascii
import functools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge import places
from kogge.atomic import write_atomically
from kogge.derived import Derived, Encoded, Verifier
from kogge.digests import OwnerDigests, digests_path, read_digests
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.findings import Unknown
from kogge.regular import read_regular
from kogge.worktree import is_tracked

IDENTITY_VARIABLE: Final = "KOGGE_IDENTITY"
PIN_VARIABLE: Final = "KOGGE_KEYS_PIN"
_PREFIX: Final = "kogge-keys-1 "
"""What the line of a pin begins with; the 32 bytes of an Ed25519 public key follow in base64."""
_LIMIT: Final = 4096
_WRITABLE_BY_OTHERS: Final = 0o022


class PinError(KoggeError):
    """The pinned key of the platform cannot be used as things are."""


class PinMissingError(PinError):
    """This machine has no pinned key of the platform."""


class UntrustedKeyError(KoggeError):
    """A master key or a digests file does not carry the platform's signature."""


@dataclass(frozen=True, slots=True)
class KnownDigests:
    """The digests of several owners, for a check that compares their secrets."""

    by_owner: Mapping[str, Mapping[str, str]]
    """Owner -> identity of a derived value -> SHA-256 of its text in hex; of believed files alone."""
    untrusted: Mapping[str, Unknown]
    """Owner -> why nothing that is said of his secrets is believed."""

    def of(self, secret: Derived | Encoded | Verifier) -> str | None:
        """Return the SHA-256 of a secret's text in hex; None where no digest is known."""
        return self.by_owner.get(secret.owner, {}).get(secret.identity())


def identity_path(estate: Estate) -> Path:
    """Return the age identity file of this machine; it may have none."""
    return Path(os.environ.get(IDENTITY_VARIABLE) or estate.path(estate.platform.keys.identity))


def key_directory(estate: Estate) -> Path:
    """Return where age files and digests lie."""
    return estate.path(estate.platform.keys.directory)


def master_path(directory: Path, owner: str) -> Path:
    """Return the age file of an owner."""
    return directory / f"{owner}.age"


def pin_path(estate: Estate) -> Path:
    """Return where the pinned key lies: by the environment, by ``platform.yaml``, else beside the identity.

    :raises PinError: it is no place outside the data root: who can write the keys could write it, too.
    """
    chosen, named = os.environ.get(PIN_VARIABLE), estate.platform.keys.pin
    if chosen:
        path = Path(chosen).expanduser()
    elif named is not None:
        path = Path(named).expanduser()
    else:
        identity = identity_path(estate)
        path = identity.with_name(f"{identity.name}.pin")
    if not path.is_absolute():
        raise PinError(
            f"{path}: the pinned key of the platform needs an absolute path, or one in a home directory",
            hint=f"correct {PIN_VARIABLE} or keys.pin of platform.yaml",
        )
    if _inside(path, estate.root) and not is_sandbox_own(estate, path):
        raise PinError(
            f"{path}: the pinned key of the platform lies inside the data root, where whoever can write the keys "
            "could write it, too",
            hint=f"move it outside, and name it in {PIN_VARIABLE} or in keys.pin of platform.yaml",
        )
    return path


def is_sandbox_own(estate: Estate, path: Path) -> bool:
    """Tell whether a path is part of the data root's sandbox: of nobody's repository, and gone with the sandbox.

    Where git keeps anything of ``.kogge`` nothing there is: then it came with the repository.
    """
    state = places.state(estate.root)
    return path.absolute().is_relative_to(places.sandbox(estate.root).absolute()) and not _kept_by_git(state)


def read_pin(estate: Estate) -> bytes:
    """Return the pinned public key of the platform.

    :raises PinMissingError: there is none.
    :raises PinError: it lies where it must not, others than its owner can write it, or it is damaged.
    """
    path = pin_path(estate)
    hint = "bring it here again: `kogge keys pin` prints it on a machine that has it"
    try:
        text = read_regular(path, limit=_LIMIT).decode("ascii")
        found = path.stat()
    except FileNotFoundError as error:
        raise PinMissingError(
            f"no pinned key of the platform at {path}: nothing in {key_directory(estate)} can be believed",
            hint=f"`kogge keys pin` prints it on a machine that has it; write that line to {path}. "
            "Keys from before there was a pin: kogge keys sign",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise PinError(f"{path}: no pinned key of the platform: {reason}", hint=hint) from error
    if found.st_mode & _WRITABLE_BY_OTHERS:
        raise PinError(f"{path}: others than its owner can write the pinned key", hint=f"chmod go-w {path}")
    if found.st_uid not in (0, os.geteuid()):
        raise PinError(
            f"{path}: the pinned key belongs to another user",
            hint=f"bring it here again, or: sudo chown root {path}",
        )
    return _parsed_pin(path, text, hint)


def write_pin(estate: Estate, public_key: bytes) -> Path:
    """Write the pinned key of this machine, and return where.

    :raises PinError: another one lies there, or the place is not allowed.
    """
    path = pin_path(estate)
    try:
        found = read_pin(estate)
    except PinMissingError:
        write_atomically(path, pin_line(public_key) + "\n", mode=0o644)
        return path
    if found != public_key:
        raise other_platform(path)
    return path


def pin_line(public_key: bytes) -> str:
    """Return a pinned key as the one line that its file holds."""
    return _PREFIX + base64.b64encode(public_key).decode()


def other_platform(path: Path) -> PinError:
    """Return the refusal of a master key of the platform that is not the pinned one."""
    return PinError(
        f"the master key of the platform is not the one that is pinned in {path}",
        hint="restore keys/platform.age; if this is another platform, give it a pin of its own: "
        "keys.pin of its platform.yaml",
    )


def trusted_digests(estate: Estate, owner: str) -> OwnerDigests | None:
    """Return the digests of an owner, or None where the owner has neither key nor digests.

    :raises UntrustedKeyError: they carry no signature of the pinned key, or there is a key without digests.
    :raises KoggeError: the digests file is not what Kogge writes.
    :raises PinError: no pinned key, or none that can be used.
    """
    directory = key_directory(estate)
    found = read_digests(directory, owner)
    if found is None:
        key = master_path(directory, owner)
        if os.path.lexists(key):
            raise UntrustedKeyError(
                f"{key}: nothing says that this is the platform's own key of {owner}: {owner}.digests is missing",
                hint=f"restore it from version control; if you know the key's fingerprint: kogge keys sign {owner}",
            )
        return None
    path = digests_path(directory, owner)
    pin = read_pin(estate)
    if not found.signature:
        raise UntrustedKeyError(
            f"{path}: carries no signature of the platform (version 1, from before there were any)",
            hint=f"{_bring_over(estate)}: it shows the fingerprints and asks",
        )
    if not found.is_signed_by(pin):
        raise UntrustedKeyError(
            f"{path}: carries no signature of the key that is pinned in {pin_path(estate)}: "
            "somebody else made or changed it",
            hint=f"restore {owner}.age and {owner}.digests from version control, and find out who wrote them",
        )
    return found.digests


def known_digests(estate: Estate, owners: Iterable[str]) -> KnownDigests:
    """Return what is believed of the secrets of ``owners``; of one without key and digests nothing is known."""
    by_owner: dict[str, Mapping[str, str]] = {}
    untrusted: dict[str, Unknown] = {}
    for owner in owners:
        try:
            found = trusted_digests(estate, owner)
        except PinError as error:
            # One cause for all owners, told once.
            untrusted[owner] = Unknown(None, "keys", _told(error))
        except KoggeError as error:
            untrusted[owner] = Unknown(owner, "keys", _told(error))
        else:
            by_owner[owner] = found.values if found is not None else {}
    return KnownDigests(by_owner, untrusted)


@functools.cache
def _kept_by_git(path: Path) -> bool:
    """Ask git once per command; where it cannot say, the repository may have brought everything."""
    return is_tracked(path, if_unknown=True)


def _bring_over(estate: Estate) -> str:
    return "kogge sandbox up" if is_sandbox_own(estate, key_directory(estate)) else "kogge keys sign"


def _told(error: KoggeError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _inside(path: Path, root: Path) -> bool:
    """Tell whether a path leads into the data root, by its words or by what its links lead to."""
    return path.is_relative_to(root) or path.resolve().is_relative_to(root.resolve())


def _parsed_pin(path: Path, text: str, hint: str) -> bytes:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        if len(lines) != 1 or not lines[0].startswith(_PREFIX):
            raise ValueError("no line of a pin")
        key = base64.b64decode(lines[0].removeprefix(_PREFIX).strip(), validate=True)
        if len(key) != 32:
            raise ValueError("no public key")
    except (ValueError, binascii.Error) as error:
        raise PinError(
            f"{path}: no pinned key of the platform: it holds no line of `kogge keys pin`", hint=hint
        ) from error
    return key
