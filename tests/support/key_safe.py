"""An estate whose master keys two identities can read: one of this machine, one offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyrage
import yaml

from kogge.estate import Estate
from kogge.keyring import Keyring


@dataclass(frozen=True)
class KeySafe:
    """Where the keys of a test lie, and who can read them."""

    estate: Estate
    online: pyrage.x25519.Identity
    offline: pyrage.x25519.Identity

    @property
    def directory(self) -> Path:
        """Where age files and digests lie."""
        return self.keyring().directory

    @property
    def identity_file(self) -> Path:
        """The identity of this machine."""
        return self.estate.path(self.estate.platform.keys.identity)

    def make(self, *owners: str) -> None:
        """Make master keys, each with a keyring of its own."""
        for owner in owners:
            self.keyring().create(owner, has_stack=False)

    def keyring(self) -> Keyring:
        """Return a keyring that has opened nothing yet, as every command begins with one."""
        return Keyring(self.estate)


def recipients(*identities: pyrage.x25519.Identity, offline: bool = True) -> str:
    """Return a list of recipients; the last of them is offline."""
    last = len(identities) - 1
    return yaml.safe_dump(
        [
            {"name": f"r{place}", "recipient": str(identity.to_public()), "offline": offline and place == last}
            for place, identity in enumerate(identities)
        ]
    )
