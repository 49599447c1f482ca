"""Which cluster the files mean: the uid of its ``kube-system``."""

from __future__ import annotations

from kogge.errors import KoggeError
from kogge.estate.estate import Estate


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
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no uid"
        raise KoggeError(
            f"cluster {name}: {path} cannot be read: {reason}", hint="start the sandbox: kogge sandbox up"
        ) from error
