"""The clients of one run: which identity asks a cluster for what.

A tenant's stack asks as the provisioner, which applies it. In one case the platform's identity asks for it: before the
stack ``platform`` is applied to a cluster the provisioner has no rights there, and a plan still looks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.connect import connect
from kogge.clusters.errors import ApiRefused, KubeconfigError
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
    _versions: dict[str, str] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def for_stack(self, cluster: str, stack: str) -> KubeApi:
        """Return the client with which ``stack`` looks at a cluster. Raises as ``kogge.clusters.connect.connect``."""
        return self._looking(cluster) if applying(stack) is Identity.PROVISIONER else self.for_applying(cluster, stack)

    def for_applying(self, cluster: str, stack: str) -> KubeApi:
        """Return the client of the identity that applies ``stack``; nobody stands in for it. Raises as above."""
        return self._api(cluster, applying(stack))

    def of_stack(self, stack: str, clusters: Iterable[str]) -> Mapping[str, KubeApi]:
        """Return those clients for several clusters, by name."""
        return {cluster: self.for_stack(cluster, stack) for cluster in clusters}

    def version(self, cluster: str, stack: str) -> str:
        """Return the version of a cluster's server; a dead or wrong cluster shows here, even with nothing to do.

        The provisioner asks for the stack ``platform``, too, where it has a kubeconfig: nobody needs the platform's
        credential to see that nothing of the platform changes.
        """
        try:
            api = self._looking(cluster)
        except KubeconfigError:
            api = self.for_stack(cluster, stack)
        with self._mutex:
            if cluster not in self._versions:
                self._versions[cluster] = text_at(api.get("/version"), "gitVersion")
            return self._versions[cluster]

    def _looking(self, cluster: str) -> KubeApi:
        try:
            return self._api(cluster, Identity.PROVISIONER)
        except ApiRefused:
            return self._api(cluster, Identity.PLATFORM)

    def _api(self, cluster: str, identity: Identity) -> KubeApi:
        with self._mutex:
            key = (cluster, identity)
            if key not in self._apis:
                self._apis[key] = connect(self.estate, cluster, identity, timeout=TIMEOUT)
            return self._apis[key]
