"""Objects that nobody declared: inside the spaces, beside them, and cluster-wide. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kogge.defaults.record import object_key
from kogge.desired.kubernetes.vocabulary import (
    NIGHTLY_GROUP,
    OWNED_BY,
    OWNED_LABEL,
    PROVISIONER_GROUP,
    TENANT_LABEL,
)
from kogge.drift.objects.scene import Scene
from kogge.drift.objects.severity import severity_of_stranger
from kogge.drift.objects.telling import tell_stranger
from kogge.estate.estate import PLATFORM
from kogge.findings import Finding, Judgement, ObjectRef, Severity
from kogge.json_value import Json, JsonObject, at, items_at, text_at

_CLUSTER_WIDE: Final = (
    "ClusterRole",
    "ClusterRoleBinding",
    "MutatingWebhookConfiguration",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
)
"""Kinds among which Kogge has objects of its own, or a stranger would pass for one."""

_EVERYBODY: Final = frozenset({"system:authenticated", "system:unauthenticated", "system:serviceaccounts"})
_STOCK_BINDINGS: Final = frozenset(
    {
        "system:basic-user",
        "system:cluster-trust-bundle-discovery",
        "system:discovery",
        "system:public-info-viewer",
        "system:service-account-issuer-discovery",
    }
)
"""What Kubernetes itself lets everybody do; each binds the role of its own name."""


def judge_cluster_wide(scene: Scene) -> Judgement:
    """Return namespaces that look like spaces, objects that pass for Kogge's, and bindings that reach a partner."""
    return Judgement((*_namespaces(scene), *_passing_for_kogges(scene), *_bindings(scene)))


def stranger(scene: Scene, ref: ObjectRef, tenant: str | None, severity: Severity | None = None) -> Finding:
    """Return the finding about an undeclared object, as urgent as its kind is unless ``severity`` says otherwise."""
    summary = _summary(ref.kind, scene.observed.objects[ref])
    urgency = severity or severity_of_stranger(ref.kind)
    return tell_stranger(scene.observed, ref, tenant, urgency, summary, left_behind=left_behind(scene, ref))


def left_behind(scene: Scene, ref: ObjectRef) -> bool:
    """Tell whether a stack made the object and the files name it no longer, so that a removal is due."""
    key = object_key(ref)
    return any(key in applied.manifests for applied in scene.learned.applied.values())


def _summary(kind: str, item: JsonObject) -> Json:
    """Return what of a stranger tells a reader most."""
    match kind:
        case "Pod" | "PodTemplate":
            return {"images": _images(item if kind == "Pod" else at(item, "template"))}
        case "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "ReplicationController" | "Job":
            return {"images": _images(at(item, "spec", "template"))}
        case "RoleBinding" | "ClusterRoleBinding":
            return {"role": text_at(item, "roleRef", "name"), "subjects": [*_subjects(item)]}
        case "Role" | "ClusterRole":
            return {"rules": at(item, "rules")}
        case "NetworkPolicy" | "ResourceQuota" | "LimitRange":
            return at(item, "spec")
        case "Service":
            return {"type": at(item, "spec", "type"), "ports": at(item, "spec", "ports")}
        case "Ingress":
            return {"hosts": [text_at(rule, "host") for rule in items_at(item, "spec", "rules")]}
        case "ConfigMap":
            data = at(item, "data")
            return {"keys": [*sorted(data)] if isinstance(data, dict) else []}
        case "Secret":
            return "Secret"
        case _:
            return None


def _images(pod: Json) -> list[Json]:
    return [text_at(entry, "image") for entry in items_at(pod, "spec", "containers")]


def _subjects(item: JsonObject) -> Iterable[str]:
    for subject in items_at(item, "subjects"):
        place = text_at(subject, "namespace")
        yield f"{text_at(subject, 'kind')} {place + '/' if place else ''}{text_at(subject, 'name')}"


def _namespaces(scene: Scene) -> Iterable[Finding]:
    for ref in scene.observed.of_kind("Namespace"):
        label = text_at(scene.observed.objects[ref], "metadata", "labels", TENANT_LABEL)
        owner = _tenant_in(ref.name)
        if ref in scene.declared.objects or not (label or owner) or owner in scene.declared.blocked:
            continue
        known = {*scene.declared.groups.values(), *scene.declared.spaces.values()}
        yield stranger(scene, ref, owner if owner in known else None, Severity.CRITICAL)


def _tenant_in(namespace: str) -> str:
    """Return the tenant that the name of a space begins with; nothing for other namespaces."""
    return namespace.partition("--")[0] if "--" in namespace else ""


def _passing_for_kogges(scene: Scene) -> Iterable[Finding]:
    for kind in _CLUSTER_WIDE:
        for ref in scene.observed.of_kind(kind):
            labelled = at(scene.observed.objects[ref], "metadata", "labels", OWNED_LABEL) == OWNED_BY
            named = ref.name.startswith("kogge-") and ":" not in ref.name  # a colon is a component's, such as kwok's
            if ref not in scene.declared.objects and (labelled or named):
                yield stranger(scene, ref, None, Severity.CRITICAL)


def _bindings(scene: Scene) -> Iterable[Finding]:
    """Yield bindings outside the spaces that give something to a partner, to an account in a space, or to everybody."""
    for ref in (*scene.observed.of_kind("ClusterRoleBinding"), *scene.observed.of_kind("RoleBinding")):
        if ref in scene.declared.objects or ref.namespace in scene.declared.spaces:
            continue
        if _tenant_in(ref.namespace) in scene.declared.blocked:
            continue  # what that tenant should have is not known
        item = scene.observed.objects[ref]
        reached = [_reached(scene, ref, item, subject) for subject in items_at(item, "subjects")]
        owners = [owner for owner in reached if owner is not None]
        if owners:
            tenant = next((owner for owner in owners if owner != PLATFORM), None)
            yield stranger(scene, ref, tenant, Severity.CRITICAL)


def _reached(scene: Scene, ref: ObjectRef, item: JsonObject, subject: JsonObject) -> str | None:
    """Return whom a subject means: a tenant, ``platform`` for Kogge's own groups and for everybody, or nobody here."""
    name = text_at(subject, "name")
    match text_at(subject, "kind"):
        case "ServiceAccount":
            return scene.declared.spaces.get(text_at(subject, "namespace"))
        case "Group" if name.startswith("system:serviceaccounts:"):
            return scene.declared.spaces.get(name.removeprefix("system:serviceaccounts:"))
        case "Group" if name in {PROVISIONER_GROUP, NIGHTLY_GROUP}:
            return PLATFORM
        case "Group" if name in _EVERYBODY and ref.kind == "ClusterRoleBinding":
            stock = ref.name in _STOCK_BINDINGS and text_at(item, "roleRef", "name") == ref.name
            return None if stock else PLATFORM
        case "Group":
            return scene.declared.groups.get(name)
        case "User" if name.startswith("system:serviceaccount:"):
            return scene.declared.spaces.get(name.split(":")[2])
        case _:
            return None
