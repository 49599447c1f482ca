"""``keys/<owner>.digests``: SHA-256 of every derived value, so that the nightly check needs no key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kogge.atomic import write_atomically
from kogge.errors import KoggeError


@dataclass(frozen=True, slots=True)
class Digests:
    """What may be known of an owner's secrets without any key."""

    owner: str
    fingerprint: str
    """Of the master key."""
    values: Mapping[str, str]
    """Identity of a derived value -> SHA-256 in hex. The values have 256 bits of their own, so no guess finds them."""


def digest(value: str) -> str:
    """Return the SHA-256 of a value in hex."""
    return hashlib.sha256(value.encode()).hexdigest()


def digests_path(directory: Path, owner: str) -> Path:
    """Return the file of an owner."""
    return directory / f"{owner}.digests"


def read_digests(directory: Path, owner: str) -> Digests | None:
    """Return the digests of an owner, or None where there is no such file.

    :raises KoggeError: the file is not what Kogge writes.
    """
    path = digests_path(directory, owner)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Digests(document["owner"], document["fingerprint"], dict(document["digests"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KoggeError(
            f"{path}: not a digests file: {error}", hint="restore it from version control, or run `kogge up` again"
        ) from error


def write_digests(directory: Path, digests: Digests) -> None:
    """Write the file of an owner at once or not at all."""
    document = {
        "version": 1,
        "owner": digests.owner,
        "fingerprint": digests.fingerprint,
        "digests": dict(sorted(digests.values.items())),
    }
    write_atomically(digests_path(directory, digests.owner), json.dumps(document, indent=1) + "\n", mode=0o644)
