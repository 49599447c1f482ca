"""Master keys as age files: make one, read one. https://age-encryption.org/v1"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyrage
import yaml

from kogge.atomic import write_atomically
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import Recipient
from kogge.keyring.derivation import LENGTH
from kogge.regular import read_regular
from kogge.trust import IDENTITY_VARIABLE, identity_path, master_path

_LIMIT: Final = 2**16
"""Bytes of an age file: a few hundred per recipient."""


class KeyringError(KoggeError):
    """A master key cannot be used as things are."""


class KeyMissingError(KeyringError):
    """The owner has no master key."""


class KeyUnreadableError(KeyringError):
    """The owner has a master key that this identity cannot read."""


def recipients(estate: Estate) -> tuple[Recipient, ...]:
    """Return the recipients of every master key.

    :raises KeyringError: fewer than two, or none of them offline: one lost machine would lose every key.
    """
    keys = estate.platform.keys
    found = keys.recipients
    if keys.recipients_file is not None:
        path = estate.path(keys.recipients_file)
        try:
            found = tuple(Recipient.model_validate(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
            raise KeyringError(
                f"{path}: no list of age recipients: {error}", hint="start the sandbox: kogge sandbox up"
            ) from error
    if len({entry.recipient for entry in found}) < 2 or not any(entry.offline for entry in found):
        raise KeyringError(
            "a master key needs at least two recipients, one of them offline",
            hint="add them under keys.recipients of platform.yaml",
        )
    return found


def read_identities(estate: Estate) -> list[pyrage.x25519.Identity]:
    """Return the age identities this machine may decrypt with.

    :raises KeyringError: the file is missing, unreadable or holds no identity.
    """
    path = identity_path(estate)
    hint = f"name an age identity file in {IDENTITY_VARIABLE} or in keys.identity of platform.yaml"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise KeyringError(f"{path}: no age identity there: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise KeyringError(f"{path}: is no text, so no age identity file", hint=hint) from error
    found = []
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                found.append(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError as error:
                raise KeyringError(f"{path}: an identity in it is damaged", hint=hint) from error
    if not found:
        raise KeyringError(f"{path}: holds no age identity", hint=hint)
    return found


def new_master() -> bytes:
    """Return a new master key."""
    return secrets.token_bytes(LENGTH)


def create_master(directory: Path, owner: str, master: bytes, to: Sequence[Recipient]) -> None:
    """Write a new master key, encrypted to every recipient; an existing file is never touched.

    :raises KeyringError: the owner has a key already, or a recipient is no age key.
    """
    path = master_path(directory, owner)
    box = pyrage.encrypt(master, [_recipient(entry) for entry in to])
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    # On the disk before it has its name: what a stack is encrypted with must outlive a crash.
    write_atomically(temporary, box)
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise exists_already(directory, owner) from error
    finally:
        temporary.unlink()


def exists_already(directory: Path, owner: str) -> KeyringError:
    """Return the refusal to make a second key."""
    return KeyringError(f"{owner} has a master key already: {master_path(directory, owner)}")


def _recipient(entry: Recipient) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(entry.recipient)
    except pyrage.RecipientError as error:
        raise KeyringError(
            f"the recipient {entry.name!r} has a damaged age key", hint="copy it again from `age-keygen -y`"
        ) from error


def read_master(directory: Path, owner: str, identities: Sequence[pyrage.x25519.Identity]) -> bytes:
    """Return the master key of an owner.

    :raises KeyMissingError: there is none.
    :raises KeyUnreadableError: none of the identities opens it, or the file is damaged.
    """
    path = master_path(directory, owner)
    try:
        box = read_regular(path, limit=_LIMIT)
    except FileNotFoundError as error:
        raise KeyMissingError(f"{owner} has no master key: {path}", hint=f"kogge keys new {owner}") from error
    except OSError as error:
        raise KeyUnreadableError(f"{path}: cannot be read: {error.strerror}", hint="correct its permissions") from error
    try:
        master = bytes(pyrage.decrypt(box, list(identities)))
    except pyrage.DecryptError as error:
        raise KeyUnreadableError(
            f"{path}: cannot be decrypted with the identity of this machine ({error})",
            hint=f"use an identity it was encrypted to ({IDENTITY_VARIABLE}), or restore the file",
        ) from error
    if len(master) != LENGTH:
        raise KeyUnreadableError(f"{path}: holds {len(master)} bytes, a master key has {LENGTH}", hint="restore it")
    return master
