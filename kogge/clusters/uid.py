"""Which cluster the files mean: the uid of its ``kube-system``."""

from __future__ import annotations

from kogge.clusters.errors import UidUnknownError
from kogge.estate.estate import Estate


def cluster_uid(estate: Estate, name: str) -> str:
    """Return the uid of the cluster's ``kube-system``, as the files state it.

    :raises UidUnknownError: the file that should hold it cannot be read, or is empty.
    """
    cluster = estate.platform.clusters[name]
    if cluster.kube_system_uid is not None:
        return cluster.kube_system_uid
    path = estate.path(cluster.kube_system_uid_file or "")
    hint = "start the sandbox: kogge sandbox up"
    try:
        found = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise UidUnknownError(f"cluster {name}: {path} cannot be read: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise UidUnknownError(f"cluster {name}: {path} holds no uid", hint=hint) from error
    if not found:
        # An answer without a uid would be taken for the right one.
        raise UidUnknownError(f"cluster {name}: {path} holds no uid", hint=hint)
    return found
