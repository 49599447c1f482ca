"""An admission policy that only warns for a while: what an attacker with every right does first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiRefused
from kogge.clusters.kinds import kind_of

MANAGER = "kubectl-edit"


@contextmanager
def suspended(api: KubeApi, policy: str) -> Iterator[None]:
    """While the block runs, what the policy refuses is let through; the apiserver may take a moment to notice."""
    place = kind_of("ValidatingAdmissionPolicyBinding").object_path("", policy)

    def set_action(action: str) -> None:
        patch = [{"op": "replace", "path": "/spec/validationActions", "value": [action]}]
        api.patch(f"{place}?fieldManager={MANAGER}", patch, content_type="application/json-patch+json")  # type: ignore[arg-type]

    set_action("Audit")
    try:
        yield
    finally:
        set_action("Deny")


def when_let(act: Callable[[], object]) -> None:
    """Do something as soon as nobody refuses it any more."""
    deadline = time.monotonic() + 30
    while True:
        try:
            act()
        except ApiRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
