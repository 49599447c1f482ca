"""The one Kubernetes provider of a cluster in a stack."""

from __future__ import annotations

import pulumi

from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from modules.registration import PROVIDER_VERSION


def cluster_uid(estate: Estate, name: str) -> str:
    """Return the uid of the cluster's ``kube-system``, as the files state it.

    :raises KoggeError: the file that should hold it cannot be read.
    """
    cluster = estate.platform.clusters[name]
    if cluster.kube_system_uid is not None:
        return cluster.kube_system_uid
    path = estate.path(cluster.kube_system_uid_file or "")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise KoggeError(
            f"cluster {name}: {path} cannot be read: {error.strerror}", hint="start the sandbox: kogge sandbox up"
        ) from error


def kubernetes_provider(estate: Estate, name: str, kubeconfig: str) -> pulumi.ProviderResource:
    """Return the provider of a cluster.

    The kubeconfig goes in by path and the cluster by its uid, so that a changed address or certificate updates the
    provider and replaces no resource.
    """
    return pulumi.ProviderResource(
        "kubernetes",
        name,
        {
            "kubeconfig": str(estate.path(kubeconfig)),
            "clusterIdentifier": cluster_uid(estate, name),
            "enableServerSideApply": "true",
            "suppressDeprecationWarnings": "true",
        },
        pulumi.ResourceOptions(version=PROVIDER_VERSION),
    )
