"""What can go wrong with a cluster, in errors a caller can tell apart."""

from __future__ import annotations

from kogge.errors import KoggeError


class KubeconfigError(KoggeError):
    """A kubeconfig is missing, unreadable, or asks for something this client does not do."""


class ApiError(KoggeError):
    """The apiserver did not do what was asked.

    ``status`` is the HTTP status (0 when no answer came), ``reason`` the machine-readable word of
    the Status object, such as ``NotFound`` or ``Forbidden``.
    """

    def __init__(self, message: str, *, status: int = 0, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class ApiUnreachable(ApiError):  # noqa: N818 - reads as what happened
    """No verified answer came: nothing listens, TLS failed, or the time ran out."""


class LoginError(ApiError):
    """The login program of a kubeconfig gave nothing to log in with: nobody was asked."""


class ApiRefused(ApiError):  # noqa: N818
    """The cluster decided against it: 403 (RBAC, quota, Pod Security) or 422 (validation, admission policy)."""


class ApiNotFound(ApiError):  # noqa: N818
    """The object or the resource type does not exist (404)."""


class ApiConflict(ApiError):  # noqa: N818
    """The object exists already, changed meanwhile, or belongs to another field manager (409)."""


class RightsMissingError(KoggeError):
    """An identity of Kogge's may not do what its role should let it do."""


class UidUnknownError(KoggeError):
    """The files do not say which cluster they mean: the file that should hold its uid cannot be read."""


class WrongClusterError(KoggeError):
    """A kubeconfig leads to another cluster than the files name; ``found`` and ``expected`` are uids of kube-system."""

    def __init__(self, cluster: str, server: str, *, found: str, expected: str) -> None:
        super().__init__(
            f"the kubeconfig of cluster {cluster} leads to another cluster: "
            f"{server} is not the one platform.yaml names, its kube-system has "
            f"the uid {found}, expected is {expected}; nothing was written",
            hint="correct the kubeconfig, or kube_system_uid if the cluster was made anew on purpose",
        )
        self.found = found
        self.expected = expected
