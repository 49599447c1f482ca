"""The clients of one run: which identity asks a cluster for what.

A tenant's stack asks as the provisioner, which applies it, wherever its rights allow. Where they do not, the platform's
identity asks, and both cases stand in this module:

- before the stack ``platform`` is applied to a cluster the provisioner has no rights there, and a plan still looks;
- learning a server's defaults creates probes, as a dry run, in the namespace ``default``, where it may not write.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.connect import connect
from kogge.clusters.errors import ApiRefused
from kogge.clusters.identity import Identity, applying
from kogge.estate.estate import Estate
from kogge.json_value import text_at

TIMEOUT: Final = 15.0
"""Seconds per request of a run."""


@dataclass(slots=True)
class Clusters:
    """One client per cluster and identity, made when it is first asked for. Mutable: it caches; used by all threads."""

    estate: Estate
    _apis: dict[tuple[str, Identity], KubeApi] = field(default_factory=dict)
    _versions: dict[tuple[str, Identity], str] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def for_stack(self, cluster: str, stack: str) -> KubeApi:
        """Return the client with which ``stack`` looks at a cluster. Raises as ``kogge.clusters.connect.connect``."""
        try:
            return self._api(cluster, applying(stack))
        except ApiRefused:
            if applying(stack) is Identity.PLATFORM:
                raise
            return self._api(cluster, Identity.PLATFORM)

    def of_stack(self, stack: str, clusters: Iterable[str]) -> Mapping[str, KubeApi]:
        """Return those clients for several clusters, by name."""
        return {cluster: self.for_stack(cluster, stack) for cluster in clusters}

    def for_learning(self, cluster: str) -> KubeApi:
        """Return the client that asks a cluster for its defaults. Raises as ``kogge.clusters.connect.connect``."""
        return self._api(cluster, Identity.PLATFORM)

    def version(self, cluster: str, stack: str) -> str:
        """Return the version of a cluster's server; a dead or wrong cluster shows here, even with nothing to do."""
        api, key = self.for_stack(cluster, stack), (cluster, applying(stack))
        with self._mutex:
            if key not in self._versions:
                self._versions[key] = text_at(api.get("/version"), "gitVersion")
            return self._versions[key]

    def _api(self, cluster: str, identity: Identity) -> KubeApi:
        with self._mutex:
            key = (cluster, identity)
            if key not in self._apis:
                self._apis[key] = connect(self.estate, cluster, identity, timeout=TIMEOUT)
            return self._apis[key]
