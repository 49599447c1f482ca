"""Where the checkout is, and where ``.kogge`` of a data root keeps what. Paths only: nothing is made or read here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
"""The checkout this code runs from."""
PLAYBOOKS: Final = CHECKOUT / "playbooks"


def state(root: Path) -> Path:
    """Return where Kogge keeps what belongs to this data root and this machine."""
    return root / ".kogge"


def sandbox(root: Path) -> Path:
    """Return the directory of the sandbox that belongs to this data root; ``KOGGE_SANDBOX`` may name another one."""
    return state(root) / "sandbox"


def locks(root: Path) -> Path:
    """Return the directory of the locks of stacks and hosts."""
    return state(root) / "locks"


def applied(root: Path) -> Path:
    """Return the directory of the records of what was applied."""
    return state(root) / "applied"


def learned(root: Path) -> Path:
    """Return the directory of what ``up`` learned of the servers' defaults."""
    return state(root) / "learned"


def first_seen(root: Path) -> Path:
    """Return the file in which the nightly check keeps since when it sees a finding."""
    return state(root) / "nightly" / "first-seen.json"


def reports(root: Path) -> Path:
    """Return the directory of the nightly reports."""
    return state(root) / "reports"
