"""What the stacks of one run share: files, keys, checked clusters, and what to interrupt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from kogge.deploy.clusters import Clusters
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.keyring import Keyring


class Interruptible(Protocol):
    """Something that runs and can be asked to end."""

    def interrupt(self) -> None:
        """Ask it to end; asked again, end it at once."""


class InterruptedRunError(KoggeError):
    """The user interrupted the run."""


@dataclass(slots=True)
class Run:
    """What all stacks of one run share. Mutable: it knows what to interrupt."""

    estate: Estate
    keyring: Keyring
    apply: bool
    """False: plan only."""
    force: bool = False
    """Run stacks that need not run."""
    adopt: bool = False
    """Take over what exists and is not in the state."""
    break_freeze: bool = False
    """Apply tenants in a freeze of their file, too."""
    interrupted: bool = False
    _running: list[Interruptible] = field(default_factory=list)
    clusters: Clusters = field(init=False)

    def __post_init__(self) -> None:
        self.clusters = Clusters(self.estate)

    def interrupt(self) -> None:
        """Interrupt every running Pulumi; stacks not begun are not begun any more."""
        self.interrupted = True
        for running in tuple(self._running):
            running.interrupt()

    def watch(self, running: Interruptible) -> None:
        """Interrupt this one too when the run is interrupted."""
        self._running.append(running)
