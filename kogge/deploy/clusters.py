"""Is this the cluster the files mean? Asked once per run and cluster, before anything is written."""

from __future__ import annotations

from kogge.clusters.api import KubeApi
from kogge.clusters.uid import cluster_uid
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.json_value import text_at


class WrongClusterError(KoggeError):
    """A kubeconfig leads to another cluster than the files name."""


def check_cluster(estate: Estate, name: str) -> KubeApi:
    """Return a client for the cluster under the provisioner's identity.

    :raises ApiUnreachable: it does not answer.
    :raises WrongClusterError: its ``kube-system`` has another uid than the files say.
    """
    cluster = estate.platform.clusters[name]
    api = KubeApi.from_kubeconfig(estate.path(cluster.kubeconfig.platform), timeout=15)
    found = text_at(api.get("/api/v1/namespaces/kube-system"), "metadata", "uid")
    expected = cluster_uid(estate, name)
    if found != expected:
        raise WrongClusterError(
            f"cluster {name} at {api.server} is not the one platform.yaml names: "
            f"its kube-system has the uid {found}, expected is {expected}; nothing was written",
            hint="correct the kubeconfig, or kube_system_uid if the cluster was made anew on purpose",
        )
    return api
