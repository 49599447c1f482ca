"""What the stacks and hosts of one command share: files, keys, checked clusters, and what to interrupt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kogge.deploy.clusters import Clusters
from kogge.errors import KoggeError
from kogge.estate import require_estate
from kogge.estate.estate import Estate
from kogge.keyring import Keyring
from kogge.records import require_own_records


class Interruptible(Protocol):
    """Something that runs and can be asked to end."""

    def interrupt(self) -> None:
        """Ask it to end; asked again, end it at once."""


class InterruptedRunError(KoggeError):
    """The user interrupted the run."""


@dataclass(slots=True)
class Session:
    """What one command shares. Mutable: it knows what to interrupt. Threads may share it."""

    estate: Estate
    keyring: Keyring
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

    def refuse_when_interrupted(self) -> None:
        """Begin nothing new in a run that was interrupted.

        :raises InterruptedRunError: it was.
        """
        if self.interrupted:
            raise InterruptedRunError("not begun: the run was interrupted", hint="run the command again: it continues")

    def watch(self, running: Interruptible) -> None:
        """Interrupt this one too when the run is interrupted."""
        self._running.append(running)


def open_session(root: Path) -> Session:
    """Return what a command on a data root shares; no key is opened before it is needed.

    :raises KoggeError: the files have errors that concern all, or the repository brings records of its own.
    """
    require_own_records(root)
    estate = require_estate(root)
    return Session(estate, Keyring(estate))
