"""Asks a cluster what the client's own identity may do, and waits until it may.

A right that was just given is seen a moment later: the apiserver reads bindings from a cache of its own.
https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

import time
from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import RightsMissingError
from kogge.clusters.kinds import Kind
from kogge.json_value import at

PATIENCE: Final = 30.0
"""Seconds."""


def may(api: KubeApi, verb: str, kind: Kind, namespace: str) -> bool:
    """Tell whether the client may do ``verb`` with a kind in a namespace. Raises ``ApiError``."""
    attributes = {"namespace": namespace, "verb": verb, "group": kind.group, "resource": kind.plural}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return at(api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review), "status", "allowed") is True


def wait_until_may(api: KubeApi, verb: str, kind: Kind, namespace: str, *, patience: float = PATIENCE) -> None:
    """Return as soon as the client may do ``verb`` with a kind in a namespace; ``patience`` is seconds.

    :raises RightsMissingError: it still may not.
    :raises ApiError: the question is not answered.
    """
    deadline = time.monotonic() + patience
    while not may(api, verb, kind, namespace):
        if time.monotonic() > deadline:
            raise RightsMissingError(
                f"{api.server}: the identity of this run may not {verb} {kind.plural} in {namespace}, "
                f"{patience:.0f} seconds after it was bound there",
                hint="kogge up platform gives its role; then run the command again: it continues",
            )
        time.sleep(0.1)
