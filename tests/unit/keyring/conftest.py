"""An estate whose master keys two identities can read: one of this machine, one offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
import yaml

from kogge.estate import Estate
from kogge.keyring import Keyring
from tests.unit.estate_files import EstateFiles


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


@pytest.fixture
def safe(files: EstateFiles, monkeypatch: pytest.MonkeyPatch) -> KeySafe:
    monkeypatch.delenv("KOGGE_IDENTITY", raising=False)
    estate = files.load()
    online, offline = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    identity = estate.path(estate.platform.keys.identity)
    identity.parent.mkdir(parents=True)
    identity.write_text(f"# created for a test\n{online}\n", encoding="utf-8")
    assert estate.platform.keys.recipients_file is not None
    estate.path(estate.platform.keys.recipients_file).write_text(recipients(online, offline), encoding="utf-8")
    return KeySafe(estate, online, offline)
