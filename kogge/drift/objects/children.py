"""Everything in a space that Kogge did not declare itself: expected children by a fixed table, or findings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kogge.clusters.kinds import kind_of
from kogge.desired.objects import Concern
from kogge.drift.objects.difference import differences
from kogge.drift.objects.endpoints import MANAGED_BY, SLICE_CONTROLLER, endpoints_differences, slice_differences
from kogge.drift.objects.owner import live_owner, owner_of
from kogge.drift.objects.pods import pod_differences, replica_set_differences, yields_replica_set
from kogge.drift.objects.scene import Scene
from kogge.drift.objects.server_managed import comparable
from kogge.drift.objects.strangers import stranger
from kogge.drift.objects.telling import Subject, tell_difference
from kogge.findings import Finding, Judgement, ObjectRef
from kogge.json_difference import Difference
from kogge.json_value import JsonObject, at

_CONCERN: Final = {"EndpointSlice": Concern.NETWORK, "Endpoints": Concern.NETWORK, "ConfigMap": Concern.ACCESS}
"""A forged endpoint diverts traffic, a forged root certificate lets somebody pose as the apiserver; the rest is
workload."""

CLUSTER_CERTIFICATE: Final = "kube-root-ca.crt"


def judge_children(scene: Scene) -> Judgement:
    """Return every object in a space that is no declared one and not what a controller would have made."""
    findings: list[Finding] = []
    for ref in scene.observed.objects:
        tenant = scene.declared.spaces.get(ref.namespace)
        if tenant is not None and ref not in scene.declared.objects:
            findings += _judge(scene, ref, tenant)
    return Judgement(tuple(findings))


def _judge(scene: Scene, ref: ObjectRef, tenant: str) -> Iterable[Finding]:
    expected = expected_child(scene, ref)
    if expected is None:
        if not _belongs_to_stranger(scene, ref):
            yield stranger(scene, ref, tenant)
        return
    subject = Subject(ref, tenant, _CONCERN.get(ref.kind, Concern.WORKLOAD))
    for difference in expected:
        yield tell_difference(scene.observed, subject, difference)


def expected_child(scene: Scene, ref: ObjectRef) -> Iterator[Difference] | None:
    """Return how a child differs from what its owner yields; None: nothing that is declared yields it."""
    item = scene.observed.objects[ref]
    match ref.kind:
        case "ReplicaSet" | "Pod" | "EndpointSlice":
            return _owned_child(scene, ref, item)
        case "Endpoints":
            service = kind_of("Service").ref(ref.cluster, ref.namespace, ref.name)
            if not scene.observed.readable(service):
                return iter(())
            live = scene.observed.objects.get(service)
            declared = service in scene.declared.objects
            return endpoints_differences(scene, live, item) if live is not None and declared else None
        case "ServiceAccount" if ref.name == "default":
            return differences(_bare(item), comparable(item), ref.kind)
        case "ConfigMap" if ref.name == CLUSTER_CERTIFICATE:
            return _certificate(scene, ref, item)
        case _:
            return None


def _owned_child(scene: Scene, ref: ObjectRef, item: JsonObject) -> Iterator[Difference] | None:
    owner = owner_of(ref, item)
    if owner is None:
        return None
    if not scene.observed.readable(owner.ref):
        return iter(())  # said as unknown: whether the owner exists cannot be told
    live = live_owner(owner, scene.observed)
    if live is None:
        return None
    match ref.kind:
        case "ReplicaSet":
            declared = owner.ref in scene.declared.objects
            right = declared and yields_replica_set(scene, owner.ref, live, item)
            return replica_set_differences(live, item) if right else None
        case "Pod":
            # A Job or StatefulSet is never declared, so only a ReplicaSet can be the expected child that owns a pod.
            believed = owner.ref.kind == "ReplicaSet" and expected_child(scene, owner.ref) is not None
            return pod_differences(scene, live, item) if believed else None
        case _:
            if not scene.observed.kind_readable("Pod"):
                return iter(())
            # The controller corrects a slice that bears its mark, and nobody corrects one without it.
            managed = at(item, "metadata", "labels", MANAGED_BY) == SLICE_CONTROLLER
            return slice_differences(scene, live, item) if managed and owner.ref in scene.declared.objects else None


def _belongs_to_stranger(scene: Scene, ref: ObjectRef) -> bool:
    """Tell whether an object is the true child of a stranger: the stranger is reported, and stands for it."""
    item = scene.observed.objects[ref]
    if ref.kind == "Endpoints":
        service = kind_of("Service").ref(ref.cluster, ref.namespace, ref.name)
        return service in scene.observed.objects and service not in scene.declared.objects
    owner = owner_of(ref, item)
    if owner is None or live_owner(owner, scene.observed) is None or owner.ref in scene.declared.objects:
        return False
    return expected_child(scene, owner.ref) is None


def _bare(item: JsonObject) -> JsonObject:
    """Return what the serviceaccount controller makes: an account without token, secret or note."""
    kept: JsonObject = {name: at(item, "metadata", name) for name in ("name", "namespace")}
    return {"apiVersion": item.get("apiVersion"), "kind": item.get("kind"), "metadata": kept}


def _certificate(scene: Scene, ref: ObjectRef, item: JsonObject) -> Iterator[Difference]:
    """Compare the cluster's certificate with the copy that the same controller keeps in kube-system."""
    original = scene.observed.objects.get(kind_of("ConfigMap").ref(ref.cluster, "kube-system", ref.name))
    if original is None:
        return iter(())
    metadata = at(comparable(original), "metadata")
    expected: JsonObject = {
        **comparable(original),
        "metadata": {**(metadata if isinstance(metadata, dict) else {}), "namespace": ref.namespace},
    }
    return differences(expected, comparable(item), ref.kind)
