"""What the stacks of one run share: files, keys, checked clusters, and what to interrupt."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Protocol

from kogge.clusters.api import KubeApi
from kogge.deploy.clusters import check_cluster
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.json_value import text_at
from kogge.keyring import Keyring


class Interruptible(Protocol):
    """Something that runs and can be asked to end."""

    def interrupt(self) -> None:
        """Ask it to end; asked again, end it at once."""


class InterruptedRunError(KoggeError):
    """The user interrupted the run."""


@dataclass(slots=True)
class Run:
    """What all stacks of one run share. Mutable: it caches clients and knows what to interrupt."""

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
    _apis: dict[str, KubeApi] = field(default_factory=dict)
    _versions: dict[str, str] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def interrupt(self) -> None:
        """Interrupt every running Pulumi; stacks not begun are not begun any more."""
        self.interrupted = True
        for running in tuple(self._running):
            running.interrupt()

    def watch(self, running: Interruptible) -> None:
        """Interrupt this one too when the run is interrupted."""
        self._running.append(running)

    def api(self, cluster: str) -> KubeApi:
        """Return a client for a cluster whose identity was checked."""
        with self._mutex:
            if cluster not in self._apis:
                self._apis[cluster] = check_cluster(self.estate, cluster)
            return self._apis[cluster]

    def version(self, cluster: str) -> str:
        """Return the version of a cluster's server; a dead or wrong cluster shows here, even with nothing to do."""
        api = self.api(cluster)
        with self._mutex:
            if cluster not in self._versions:
                self._versions[cluster] = text_at(api.get("/version"), "gitVersion")
            return self._versions[cluster]
