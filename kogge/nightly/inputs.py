"""What the checks are given: digests of secrets, the records of applies, the commit of the files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from kogge.drift.objects.scene import Digests
from kogge.errors import KoggeError
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import read_digests


def secret_digests(estate: Estate) -> Digests:
    """Return the digests of every owner's derived values. No key is read.

    :raises KoggeError: a digests file is not what Kogge writes.
    """
    directory = estate.path(estate.platform.keys.directory)
    found = {owner: read_digests(directory, owner) for owner in (PLATFORM, *estate.tenants)}
    return {owner: digests.values for owner, digests in found.items() if digests is not None}


def commit_of(root: Path) -> str | None:
    """Return the commit of the data root; ``+`` at its end when files differ from it; None outside of a checkout."""
    try:
        commit = _git(root, "rev-parse", "--verify", "HEAD")
        dirty = _git(root, "status", "--porcelain", "--", "tenants", "catalogue", "platform.yaml")
    except KoggeError:
        return None
    return commit + ("+" if dirty else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise KoggeError("git did not answer") from error
    return done.stdout.strip()
