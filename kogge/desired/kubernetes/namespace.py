"""The namespace of a space: Pod Security ``restricted``, pinned to the cluster's version."""

from __future__ import annotations

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import POD_SECURITY, PULUMI_ANNOTATIONS
from kogge.desired.objects import Concern, DesiredObject, Order, Removal
from kogge.estate.models.platform import Cluster


def pod_security(cluster: Cluster) -> dict[str, str]:
    """Return the labels that hold the pods of a namespace to ``restricted``, as the cluster's version has it.

    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    version = f"v{cluster.kubernetes}"
    return {
        f"{POD_SECURITY}{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", "restricted"), ("-version", version))
    }


def namespace(space: TenantSpace) -> DesiredObject:
    """Return the namespace. Its name never changes, and only a staged removal takes it away."""
    manifest = {
        "apiVersion": kind_of("Namespace").api_version,
        "kind": "Namespace",
        "metadata": {
            "name": space.name,
            "labels": {**space.labels(), **pod_security(space.cluster)},
            "annotations": PULUMI_ANNOTATIONS,
        },
    }
    return space.desired(manifest, Concern.NAMESPACE, Order.NAMESPACE, removal=Removal.STAGED)
