"""The age identities of a sandbox: who can read its master keys. A real platform keeps one of them offline."""

from __future__ import annotations

import pyrage
import yaml

from kogge.atomic import write_atomically
from sandbox.controlplane.state import State

NAMES = ("online", "offline")


def ensure(state: State) -> None:
    """Make the identities that are not there yet, and the list of their public halves."""
    recipients = []
    for name in NAMES:
        file = state.identities / f"{name}.txt"
        if not file.exists():
            write_atomically(file, f"{pyrage.x25519.Identity.generate()}\n")
        identity = pyrage.x25519.Identity.from_str(file.read_text(encoding="utf-8").strip())
        recipients.append({"name": name, "recipient": str(identity.to_public()), "offline": name == "offline"})
    text = yaml.safe_dump(recipients, sort_keys=False)
    listed = state.identities / "recipients.yaml"
    if not listed.exists() or listed.read_text(encoding="utf-8") != text:
        write_atomically(listed, text)
