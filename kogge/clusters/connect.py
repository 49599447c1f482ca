"""Connects to a cluster of the files under one of Kogge's identities, and refuses any other cluster.

The uid of ``kube-system`` tells clusters apart; it is compared here and nowhere else.
"""

from __future__ import annotations

from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import WrongClusterError
from kogge.clusters.identity import Identity, kubeconfig_path
from kogge.clusters.kinds import kind_of
from kogge.clusters.uid import cluster_uid
from kogge.estate.estate import Estate
from kogge.json_value import text_at

TIMEOUT: Final = 30.0
"""Seconds per request, unless told otherwise."""


def connect(estate: Estate, name: str, identity: Identity, *, timeout: float = TIMEOUT, retry: bool = True) -> KubeApi:
    """Return a client for the cluster ``name`` of ``platform.yaml``, which was asked who it is.

    ``timeout`` is seconds per request; ``retry`` repeats reads when the server is busy or the connection breaks.

    :raises KubeconfigError: the identity's kubeconfig cannot be used.
    :raises ApiUnreachable: nothing answers.
    :raises ApiRefused: the identity may not read the namespace ``kube-system``.
    :raises WrongClusterError: another cluster answers.
    :raises UidUnknownError: the file that should hold the expected uid cannot be read.
    """
    api = unchecked(estate, name, identity, timeout=timeout, retry=retry)
    check_uid(estate, name, api)
    return api


def unchecked(
    estate: Estate, name: str, identity: Identity, *, timeout: float = TIMEOUT, retry: bool = True
) -> KubeApi:
    """Return a client that was not asked yet which cluster it leads to: for ``doctor``, which tells both apart.

    :raises KubeconfigError: the identity's kubeconfig cannot be used.
    """
    path = kubeconfig_path(estate, name, identity)
    return KubeApi.from_kubeconfig(path, data_root=estate.root, timeout=timeout, retry=retry)


def check_uid(estate: Estate, name: str, api: KubeApi) -> str:
    """Return the uid of ``kube-system`` where it is the one that the files state.

    :raises WrongClusterError: it is another one.
    :raises ApiError: it cannot be read from the cluster.
    :raises UidUnknownError: the file that should hold it cannot be read.
    """
    expected = cluster_uid(estate, name)
    found = text_at(api.get(kind_of("Namespace").object_path("", "kube-system")), "metadata", "uid")
    if found != expected:
        raise WrongClusterError(name, api.server, found=found, expected=expected)
    return found
