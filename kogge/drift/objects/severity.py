"""How urgent a difference is."""

from __future__ import annotations

from typing import Final

from kogge.desired.objects import Concern
from kogge.findings import Severity
from kogge.json_difference import Path

_ISOLATION: Final = frozenset({Concern.NAMESPACE, Concern.QUOTA, Concern.NETWORK, Concern.ACCESS, Concern.ADMISSION})
"""What keeps partners apart."""

_ISOLATION_KINDS: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "Endpoints",
        "EndpointSlice",
        "LimitRange",
        "MutatingWebhookConfiguration",
        "Namespace",
        "NetworkPolicy",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)
"""A stranger of these kinds gives access, opens a path, diverts traffic or weakens a limit."""

_HARMLESS_KINDS: Final = frozenset({"ControllerRevision", "Lease"})

_LABELS_WITH_EFFECT: Final = frozenset({"Namespace", "Pod"})
"""Selectors choose these kinds by label."""
_ANNOTATIONS_WITH_EFFECT: Final = frozenset({"Ingress", "Namespace", "Pod", "Service", "ServiceAccount"})
"""Ingress controllers, load balancers, network plugins, meshes and clouds take orders from these."""
_SPEAKING_PREFIXES: Final = (
    "kogge.internal/",
    "pod-security.kubernetes.io/",
    "rbac.authorization.kubernetes.io/",
    "rbac.authorization.k8s.io/",
    "kubernetes.io/",
)
"""Keys that something in the cluster acts on, whatever the kind."""


def severity_of_change(concern: Concern, kind: str, path: Path) -> Severity:
    """Return how urgent it is that an owned object differs at ``path``; the empty path means all of it."""
    if len(path) == 3 and path[0] == "metadata" and path[1] in {"labels", "annotations"}:
        with_effect = _LABELS_WITH_EFFECT if path[1] == "labels" else _ANNOTATIONS_WITH_EFFECT
        if kind not in with_effect and not path[2].startswith(_SPEAKING_PREFIXES):
            return Severity.LOW
        if kind == "Ingress" and path[2].startswith("nginx.ingress.kubernetes.io/"):
            return Severity.CRITICAL
    return Severity.CRITICAL if concern in _ISOLATION else Severity.HIGH


def severity_of_stranger(kind: str) -> Severity:
    """Return how urgent an object of a kind is that nobody declared."""
    if kind in _ISOLATION_KINDS:
        return Severity.CRITICAL
    return Severity.LOW if kind in _HARMLESS_KINDS else Severity.HIGH
