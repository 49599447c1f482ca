"""The opened keyring of one run: reads each master key at most once and fills in derived values."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, assert_never

from kogge.derived import Derived, Encoded, Secret, with_secrets
from kogge.digests import OwnerDigests, digest, read_digests, write_digests
from kogge.estate.estate import Estate
from kogge.keyring.derivation import derive, fingerprint
from kogge.keyring.master import (
    KeyringError,
    create_master,
    master_path,
    read_identities,
    read_master,
    recipients,
)


class Keyring:
    """Holds decrypted master keys for as long as one command runs; that is why it is a class. Threads may share it."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._directory = estate.path(estate.platform.keys.directory)
        self._masters: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def directory(self) -> Path:
        """Where the age files and digests lie."""
        return self._directory

    def has(self, owner: str) -> bool:
        """Tell whether the owner has a master key, without opening it."""
        return master_path(self._directory, owner).exists()

    def create(self, owner: str, *, has_stack: bool) -> None:
        """Make the owner's master key.

        :raises KeyringError: the owner has a key, or has a stack: its values were encrypted with a key that is lost
            or elsewhere, and a new one would lock them away for good.
        """
        if has_stack:
            raise KeyringError(
                f"{owner} has a stack but no master key: a new key could not read what the stack holds",
                hint=f"restore {master_path(self._directory, owner)} from version control or backup",
            )
        with self._lock:
            self._masters[owner] = create_master(self._directory, owner, recipients(self._estate))

    def derive(self, secret: Derived) -> str:
        """Return one derived secret.

        :raises KeyringError: the owner's master key is missing, unreadable, or not the one its digests name.
        """
        return derive(self._master(secret.owner), secret)

    def text(self, encoded: Encoded) -> str:
        """Return the text that an :class:`Encoded` stands for, before it is base64-encoded."""
        return encoded.template.format(*(self.derive(part) for part in encoded.parts))

    def fill(self, value: Any) -> Any:  # noqa: ANN401 (any JSON value, with secrets by name in it)
        """Return a copy of a manifest or document in which every secret's name is replaced by the secret."""
        return with_secrets(value, self._bytes_of)

    def _bytes_of(self, secret: Secret) -> str:
        match secret:
            case Derived():
                return self.derive(secret)
            case Encoded():
                return base64.b64encode(self.text(secret).encode()).decode()
            case unreachable:
                assert_never(unreachable)

    def fingerprint(self, owner: str) -> str:
        """Return the fingerprint of the owner's master key."""
        return fingerprint(self._master(owner))

    def record(self, owner: str, secrets: Iterable[Secret]) -> None:
        """Write the digests of the owner's derived values, if they differ from the file."""
        values = {
            (secret.identity()): digest(self.text(secret) if isinstance(secret, Encoded) else self.derive(secret))
            for secret in secrets
        }
        wanted = OwnerDigests(owner, self.fingerprint(owner), values)
        if read_digests(self._directory, owner) != wanted:
            write_digests(self._directory, wanted)

    def _master(self, owner: str) -> bytes:
        with self._lock:
            if owner not in self._masters:
                master = read_master(self._directory, owner, read_identities(self._estate))
                self._check_fingerprint(owner, master)
                self._masters[owner] = master
            return self._masters[owner]

    def _check_fingerprint(self, owner: str, master: bytes) -> None:
        known = read_digests(self._directory, owner)
        if known is not None and known.fingerprint != fingerprint(master):
            raise KeyringError(
                f"the master key of {owner} is not the one its secrets were made with "
                f"(fingerprint {fingerprint(master)[:8]}…, known is {known.fingerprint[:8]}…)",
                hint="restore the age file; a change of key without a declared rotation is refused",
            )
