"""The opened keyring of one run: reads each master key at most once and fills in derived values.

A key is used only when the platform's signature names it. How keys of before there were signatures get one is
``kogge.keyring.bring_over``'s.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, assert_never

from kogge.derived import Derived, Encoded, Secret, Verifier, with_secrets
from kogge.digests import OwnerDigests, digest, digests_path, write_digests
from kogge.estate.estate import PLATFORM, Estate
from kogge.estate.models.platform import Recipient
from kogge.keyring.derivation import derive, fingerprint
from kogge.keyring.making import making
from kogge.keyring.master import (
    KeyringError,
    create_master,
    exists_already,
    new_master,
    read_identities,
    read_master,
    recipients,
)
from kogge.keyring.signing import public_key, signed
from kogge.scram import salt_of, verifier
from kogge.trust import (
    PinMissingError,
    key_directory,
    master_path,
    other_platform,
    pin_path,
    read_pin,
    trusted_digests,
    write_pin,
)


class Keyring:
    """Holds decrypted master keys for as long as one command runs; that is why it is a class. Threads may share it."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._directory = key_directory(estate)
        self._masters: dict[str, bytes] = {}
        self._made: list[str] = []
        self._lock = threading.RLock()

    @property
    def directory(self) -> Path:
        """Where the age files and digests lie."""
        return self._directory

    @property
    def made(self) -> tuple[str, ...]:
        """The owners whose keys were made by this keyring."""
        return tuple(self._made)

    def has(self, owner: str) -> bool:
        """Tell whether the owner has a master key, without opening it."""
        return os.path.lexists(master_path(self._directory, owner))

    def create(self, owner: str, *, has_stack: bool) -> None:
        """Make the owner's master key, signed by the platform; the platform's own is pinned beside the identity.

        :raises KeyringError: the owner has a key, or has a stack: its values were encrypted with a key that is lost
            or elsewhere, and a new one would lock them away for good.
        :raises PinError: the platform has no key that can sign, or another one is pinned on this machine.
        """
        if has_stack:
            raise self.lost(owner)
        with self._lock:
            if owner == PLATFORM:
                self._refuse_second_platform()
            else:
                self._master(PLATFORM)
            with making(self._directory):
                self._create(owner, recipients(self._estate))
            self._made.append(owner)

    def lost(self, owner: str) -> KeyringError:
        """Return the refusal of an owner that has a stack and no key."""
        return KeyringError(
            f"{owner} has a stack but no master key: a new key could not read what the stack holds",
            hint=f"restore {master_path(self._directory, owner)} from version control or backup",
        )

    def derive(self, secret: Derived) -> str:
        """Return one derived secret.

        :raises KeyringError: the owner's master key is missing, unreadable, or not the one its digests name.
        :raises UntrustedKeyError: it does not carry the platform's signature.
        :raises PinError: this machine has no pinned key of the platform that can be used.
        """
        return derive(self._master(secret.owner), secret)

    def text(self, secret: Secret | Verifier) -> str:
        """Return the text of a secret: of an :class:`Encoded` before it is base64-encoded. Raises as `derive`."""
        match secret:
            case Derived():
                return self.derive(secret)
            case Encoded():
                return secret.template.format(*(self.derive(part) for part in secret.parts))
            case Verifier():
                return verifier(self.derive(secret.password), salt_of(self.derive(secret.salt)))
            case unreachable:
                assert_never(unreachable)

    def fill(self, value: Any) -> Any:  # noqa: ANN401 (any JSON value, with secrets by name in it)
        """Return a copy of a manifest or document in which every secret's name is replaced by the secret."""
        return with_secrets(value, self._filled)

    def fingerprint(self, owner: str) -> str:
        """Return the fingerprint of the owner's master key. Raises as `derive`."""
        return fingerprint(self._master(owner))

    def record(self, owner: str, secrets: Iterable[Secret | Verifier]) -> None:
        """Write the digests of the owner's derived values, signed, if they differ from the file. Raises as `derive`."""
        values = {secret.identity(): digest(self.text(secret)) for secret in secrets}
        wanted = OwnerDigests(owner, self.fingerprint(owner), values)
        if trusted_digests(self._estate, owner) != wanted:
            self._write(wanted)

    def _create(self, owner: str, to: Sequence[Recipient]) -> None:
        if self.has(owner):
            raise exists_already(self._directory, owner)
        master = new_master()
        self._masters[owner] = master
        # Before the key: a run that is killed in between leaves digests that the next one writes again, and never a
        # key that nobody believes.
        self._write(OwnerDigests(owner, fingerprint(master), {}))
        try:
            create_master(self._directory, owner, master, to)
        except BaseException:
            del self._masters[owner]
            digests_path(self._directory, owner).unlink(missing_ok=True)
            raise
        if owner == PLATFORM:
            write_pin(self._estate, public_key(master))

    def _filled(self, secret: Secret) -> str:
        text = self.text(secret)
        return base64.b64encode(text.encode()).decode() if isinstance(secret, Encoded) else text

    def _write(self, digests: OwnerDigests) -> None:
        write_digests(self._directory, signed(digests, self._master(PLATFORM)))

    def _master(self, owner: str) -> bytes:
        with self._lock:
            if owner not in self._masters:
                master = read_master(self._directory, owner, read_identities(self._estate))
                self._refuse_unless_signed(owner, master)
                self._masters[owner] = master
            return self._masters[owner]

    def _refuse_unless_signed(self, owner: str, master: bytes) -> None:
        known = trusted_digests(self._estate, owner)
        if known is None or known.fingerprint != fingerprint(master):
            told = f", signed is {known.fingerprint[:8]}…" if known is not None else ""
            raise KeyringError(
                f"the master key of {owner} is not the one its secrets were made with "
                f"(fingerprint {fingerprint(master)[:8]}…{told})",
                hint="restore the age file; a change of key without a declared rotation is refused",
            )
        if owner == PLATFORM and public_key(master) != read_pin(self._estate):
            raise other_platform(pin_path(self._estate))

    def _refuse_second_platform(self) -> None:
        """Refuse to make a platform key where another one is pinned: it would be believed by nobody."""
        if self.has(PLATFORM):
            return
        with contextlib.suppress(PinMissingError):
            read_pin(self._estate)
            raise other_platform(pin_path(self._estate))
