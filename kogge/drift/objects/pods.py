"""What a Deployment yields: ReplicaSets with its template, and Pods with theirs. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Final

from kogge.clusters.kinds import kind_of
from kogge.defaults.learning import expected_form, template_digest
from kogge.defaults.record import object_key
from kogge.defaults.shape import plain_object
from kogge.desired.kubernetes.vocabulary import PULUMI_ANNOTATIONS
from kogge.drift.objects.difference import differences
from kogge.drift.objects.scene import Scene
from kogge.drift.objects.server_managed import comparable
from kogge.findings import ObjectRef
from kogge.json_difference import Difference
from kogge.json_value import Json, JsonObject, at, items_at, text_at

HASH_LABEL: Final = "pod-template-hash"

_REPLICA_SET_ANNOTATIONS: Final = frozenset(
    {
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        *PULUMI_ANNOTATIONS,
        "pulumi.com/skipAwait",
    }
)
"""Written by the deployment controller; it copies the Deployment's own when it makes the ReplicaSet."""

_POD_ANNOTATIONS: Final = frozenset(
    {
        "cni.projectcalico.org/containerID",
        "cni.projectcalico.org/podIP",
        "cni.projectcalico.org/podIPs",
        "k8s.v1.cni.cncf.io/network-status",
    }
)
"""Written by network plugins to say what they did; they take no orders from them."""

_TOPOLOGY_LABELS: Final = frozenset({"topology.kubernetes.io/region", "topology.kubernetes.io/zone"})
"""The apiserver copies them from the node when a pod is bound (admission plugin PodTopologyLabels)."""

_NODE_TROUBLE: Final = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
"""Tolerations that the admission plugin DefaultTolerationSeconds adds."""


def yields_replica_set(scene: Scene, deployment: ObjectRef, live: JsonObject, item: JsonObject) -> bool:
    """Tell whether a Deployment yields a ReplicaSet with this template: now, or in a revision that Kogge applied."""
    template = copy.deepcopy(at(item, "spec", "template"))
    name = _without_hash(template)
    if not name or text_at(item, "metadata", "name") != f"{deployment.name}-{name}":
        return False
    if _same(at(live, "spec", "template"), template):
        return True
    desired = scene.declared.objects.get(deployment)
    if desired is None:
        return False
    form = expected_form(plain_object(desired.manifest), scene.learned, scene.observed.server_version)
    if form is not None and _same(at(form, "spec", "template"), template):
        return True
    applied = [known.templates.get(object_key(deployment), ()) for known in scene.learned.applied.values()]
    return template_digest(template) in {digest for digests in applied for digest in digests}


def replica_set_differences(live: JsonObject, item: JsonObject) -> Iterator[Difference]:
    """Yield what a ReplicaSet whose template is right has beyond what its Deployment yields."""
    found = comparable(item)
    spec = found.get("spec")
    template = at(item, "spec", "template")
    labels = at(template, "metadata", "labels")
    selector = copy.deepcopy(at(live, "spec", "selector"))
    match = at(selector, "matchLabels")
    if isinstance(match, dict):
        match[HASH_LABEL] = text_at(template, "metadata", "labels", HASH_LABEL)
    expected: JsonObject = {
        **found,
        "metadata": _metadata(
            found, labels, _kept(found, "annotations", lambda key, _: key in _REPLICA_SET_ANNOTATIONS)
        ),
        "spec": {
            "replicas": at(spec, "replicas"),
            "minReadySeconds": at(live, "spec", "minReadySeconds"),
            "selector": selector,
            "template": template,
        },
    }
    yield from differences(expected, found, "ReplicaSet")


def pod_differences(scene: Scene, owner: JsonObject, pod: JsonObject) -> Iterator[Difference]:
    """Yield what a Pod has other than its ReplicaSet's template, the scheduler and known admission plugins yield."""
    found = _without_additions(scene, comparable(pod), owner)
    template = at(owner, "spec", "template")
    node = _node(scene, pod)
    labels = at(template, "metadata", "labels")
    topology = _kept(found, "labels", lambda key, value: key in _TOPOLOGY_LABELS and _on_node(node, key, value))
    annotations = at(template, "metadata", "annotations")
    plugins = _kept(found, "annotations", lambda key, _: key in _POD_ANNOTATIONS)
    expected: JsonObject = {
        **found,
        "metadata": _metadata(
            found,
            {**topology, **(labels if isinstance(labels, dict) else {})},
            {**plugins, **(annotations if isinstance(annotations, dict) else {})},
        ),
        "spec": at(template, "spec"),
    }
    yield from differences(expected, found, "Pod")


def _without_hash(template: Json) -> str:
    """Take the hash label out of a pod template and return it."""
    labels = at(template, "metadata", "labels")
    found = labels.pop(HASH_LABEL, "") if isinstance(labels, dict) else ""
    return found if isinstance(found, str) else ""


def _same(expected: Json, found: Json) -> bool:
    return next(differences(expected, found, "ReplicaSet"), None) is None


def _metadata(found: JsonObject, labels: Json, annotations: JsonObject) -> JsonObject:
    """Return the metadata that a child may have; its name, owner and the wish to delete it were judged elsewhere."""
    kept = {"name", "namespace", "generateName", "ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds"}
    metadata = found.get("metadata")
    rest = {key: value for key, value in (metadata if isinstance(metadata, dict) else {}).items() if key in kept}
    if annotations:
        rest["annotations"] = annotations
    return {**rest, "labels": labels}


def _kept(found: JsonObject, field: str, allowed: Callable[[str, Json], bool]) -> JsonObject:
    entries = at(found, "metadata", field)
    return {key: value for key, value in entries.items() if allowed(key, value)} if isinstance(entries, dict) else {}


def _node(scene: Scene, pod: JsonObject) -> JsonObject | None:
    name = text_at(pod, "spec", "nodeName")
    return scene.observed.objects.get(kind_of("Node").ref(scene.declared.cluster, "", name))


def _on_node(node: JsonObject | None, key: str, value: Json) -> bool:
    return node is None or at(node, "metadata", "labels", key) == value


def _without_additions(scene: Scene, pod: JsonObject, owner: JsonObject) -> JsonObject:
    """Take off what scheduler and admission plugins add to every pod, each only if it is what they would add."""
    spec = pod.get("spec")
    wanted = at(owner, "spec", "template", "spec")
    if not isinstance(spec, dict) or not isinstance(wanted, dict):
        return pod
    rest = {key: value for key, value in spec.items() if key != "nodeName" or key in wanted}
    priority, preemption = _priority(scene, text_at(spec, "priorityClassName"))
    for key, usual in (("priority", priority), ("preemptionPolicy", preemption)):
        if key not in wanted and rest.get(key) == usual:
            rest.pop(key, None)
    if "imagePullSecrets" not in wanted and rest.get("imagePullSecrets") == _pull_secrets(scene, pod):
        rest.pop("imagePullSecrets", None)
    usual = [entry for entry in items_at(spec, "tolerations") if not _is_usual(entry)]
    if "tolerations" not in wanted and not usual:
        rest.pop("tolerations", None)
    elif "tolerations" not in wanted:
        rest["tolerations"] = [*usual]
    return {**pod, "spec": rest}


def _priority(scene: Scene, name: str) -> tuple[Json, Json]:
    ref = kind_of("PriorityClass").ref(scene.declared.cluster, "", name)
    declared = scene.declared.objects.get(ref)
    if declared is not None:
        return declared.manifest["value"], declared.manifest["preemptionPolicy"]
    return 0, "PreemptLowerPriority"


def _pull_secrets(scene: Scene, pod: JsonObject) -> Json:
    name, namespace = text_at(pod, "spec", "serviceAccountName"), text_at(pod, "metadata", "namespace")
    declared = scene.declared.objects.get(kind_of("ServiceAccount").ref(scene.declared.cluster, namespace, name))
    return None if declared is None else plain_object(declared.manifest).get("imagePullSecrets")


def _is_usual(toleration: JsonObject) -> bool:
    seconds = toleration.get("tolerationSeconds")
    rest = {key: value for key, value in toleration.items() if key not in {"key", "tolerationSeconds"}}
    return (
        toleration.get("key") in _NODE_TROUBLE
        and rest == {"effect": "NoExecute", "operator": "Exists"}
        and isinstance(seconds, int)
    )
