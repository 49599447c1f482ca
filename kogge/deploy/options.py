"""How ``kogge up`` was asked to run; ``kogge plan`` takes the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """What a run takes, and what it may do there."""

    names: tuple[str, ...] = ()
    """Tenants, or the platform."""
    everything: bool = False
    """Every stack and host, instead of ``names``."""
    hosts: bool = True
    """Hosts, too."""
    force: bool = False
    """Run what need not run."""
    adopt: bool = False
    """Take over what exists and is not in the state."""
    break_freeze: bool = False
    """Take tenants in a freeze of their file, too."""
    parallel: int | None = None
    """Stacks at once; None: as many as there are cores."""
