"""Which commit of the files was checked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from kogge.errors import KoggeError


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
