"""The namespace of a space: Pod Security ``restricted``, pinned to the cluster's version."""

from __future__ import annotations

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.space import Space
from kogge.desired.kubernetes.vocabulary import PULUMI_ANNOTATIONS
from kogge.desired.objects import Concern, DesiredObject, Order, Removal


def namespace(space: Space) -> DesiredObject:
    """Return the namespace. Its name never changes, and only a staged removal takes it away.

    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    version = f"v{space.cluster.kubernetes}"
    security = {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", "restricted"), ("-version", version))
    }
    manifest = {
        "apiVersion": kind_of("Namespace").api_version,
        "kind": "Namespace",
        "metadata": {
            "name": space.name,
            "labels": {**space.labels(), **security},
            "annotations": PULUMI_ANNOTATIONS,
        },
    }
    return space.desired(manifest, Concern.NAMESPACE, Order.NAMESPACE, removal=Removal.STAGED)
