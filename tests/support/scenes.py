"""A cluster exactly as the seed estate declares it, as values: desired objects with what controllers make of them."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from kogge.defaults.learning import template_digest
from kogge.defaults.record import AppliedManifests, Learned, object_key, shape_key
from kogge.defaults.shape import Defaults, digest, plain_object, shape
from kogge.derived import Encoded
from kogge.desired import DesiredObject
from kogge.drift.objects.compare import judge
from kogge.drift.objects.scene import Declared, Scene, declared_on, stack_of
from kogge.findings import Finding, ObjectRef
from kogge.json_value import JsonObject
from kogge.observe.observed import Observed
from kogge.trust import KnownDigests
from tests.support.seed_estate import seed_estate

VERSION = "v1.37.2"
CLUSTER = "hl1"
SPACE = "moelln--terminvergabe"
HASH = "7d4c9b6f5"


@cache
def declared() -> Declared:
    """What the seed estate declares on its cluster."""
    return declared_on(seed_estate(), CLUSTER)


def ref(api_version: str, kind: str, name: str, namespace: str = SPACE) -> ObjectRef:
    return ObjectRef(CLUSTER, api_version, kind, namespace, name)


DEPLOYMENT = ref("apps/v1", "Deployment", "terminvergabe")
REPLICA_SET = ref("apps/v1", "ReplicaSet", f"terminvergabe-{HASH}")
POD = ref("v1", "Pod", f"terminvergabe-{HASH}-abcde")
SLICE = ref("discovery.k8s.io/v1", "EndpointSlice", "terminvergabe-x1y2z")
ENDPOINTS = ref("v1", "Endpoints", "terminvergabe")
SERVICE = ref("v1", "Service", "terminvergabe")
SECRET = ref("v1", "Secret", "secrets")
SETTINGS = ref("v1", "ConfigMap", "settings")
QUOTA = ref("v1", "ResourceQuota", "space")
DENY = ref("networking.k8s.io/v1", "NetworkPolicy", "default-deny")


@cache
def _learned() -> Learned:
    """A server that fills in nothing, and a record of every stack as it was applied."""
    items = declared().objects.values()
    shapes = {}
    for item in items:
        manifest = plain_object(item.manifest)
        shapes[shape_key(item.ref.api_version, item.ref.kind, shape(manifest))] = Defaults()
    return Learned({VERSION: shapes}, {stack: _applied(stack) for stack in {stack_of(item) for item in items}})


def _applied(stack: str) -> AppliedManifests:
    items = [item for item in declared().objects.values() if stack_of(item) == stack]
    return AppliedManifests(
        {object_key(item.ref): digest(plain_object(item.manifest)) for item in items},
        {
            object_key(item.ref): (template_digest(item.manifest["spec"]["template"]),)
            for item in items
            if item.ref.kind == "Deployment"
        },
    )


def digests() -> KnownDigests:
    """The digests of secrets whose text is their own marker."""
    found: dict[str, dict[str, str]] = {}
    for item in declared().objects.values():
        for secret in _secrets(item):
            text = secret.template.format(*(part.marker() for part in secret.parts))
            owner = found.setdefault(secret.parts[0].owner, {})
            owner[secret.identity()] = hashlib.sha256(text.encode()).hexdigest()
    return KnownDigests(found, {})


def _secrets(item: DesiredObject) -> Iterable[Encoded]:
    data = item.manifest.get("data") or {}
    return [value for value in data.values() if isinstance(value, Encoded)]


def _live(item: DesiredObject) -> JsonObject:
    found = copy.deepcopy(plain_object(item.manifest))
    metadata: Any = found["metadata"]
    metadata |= {"uid": _uid(item.ref), "resourceVersion": "1", "creationTimestamp": "2026-11-24T00:00:00Z"}
    spec: Any = found.get("spec")
    if item.ref.kind == "Service":
        spec |= {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"]}
    if item.ref.kind == "Deployment":
        metadata["annotations"]["deployment.kubernetes.io/revision"] = "1"
        found["status"] = {"readyReplicas": 2}
    return found


def _uid(where: ObjectRef) -> str:
    return f"uid-{where.kind}-{where.namespace}-{where.name}"


def _owned(owner: ObjectRef) -> list[dict[str, Any]]:
    entry = {"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name, "uid": _uid(owner)}
    return [{**entry, "controller": True, "blockOwnerDeletion": True}]


def _children(objects: Mapping[ObjectRef, JsonObject]) -> dict[ObjectRef, JsonObject]:
    """Return what the controllers make of one space's Deployment and Service."""
    deployment: Any = objects[DEPLOYMENT]
    service: Any = objects[SERVICE]
    template = copy.deepcopy(deployment["spec"]["template"])
    template["metadata"]["labels"]["pod-template-hash"] = HASH
    labels = template["metadata"]["labels"]
    selector = {"matchLabels": {**deployment["spec"]["selector"]["matchLabels"], "pod-template-hash": HASH}}
    replica_set = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": REPLICA_SET.name,
            "namespace": SPACE,
            "uid": _uid(REPLICA_SET),
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/desired-replicas": "2", "pulumi.com/patchForce": "true"},
            "ownerReferences": _owned(DEPLOYMENT),
        },
        "spec": {"replicas": 2, "selector": selector, "template": template},
    }
    target = {"kind": "Pod", "name": POD.name, "namespace": SPACE, "uid": _uid(POD)}
    marks = service["metadata"]["labels"]
    endpoint = {"addresses": ["10.244.0.5"], "conditions": {"ready": True}, "targetRef": target}
    ports = [{"name": "http", "port": 8080, "protocol": "TCP"}]
    slice_labels = {
        "kubernetes.io/service-name": "terminvergabe",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    return {
        REPLICA_SET: replica_set,
        POD: _pod(template, labels),
        SLICE: {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": SLICE.name,
                "namespace": SPACE,
                "labels": {**marks, **slice_labels},
                "ownerReferences": _owned(SERVICE),
            },
            "addressType": "IPv4",
            "endpoints": [endpoint],
            "ports": ports,
        },
        ENDPOINTS: {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": ENDPOINTS.name,
                "namespace": SPACE,
                "labels": {**marks, "endpoints.kubernetes.io/managed-by": "endpoint-controller"},
            },
            "subsets": [{"addresses": [{"ip": "10.244.0.5", "targetRef": target}], "ports": ports}],
        },
    }


def _pod(template: dict[str, Any], labels: dict[str, str]) -> JsonObject:
    tolerations = [
        {"key": f"node.kubernetes.io/{word}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for word in ("not-ready", "unreachable")
    ]
    spec = {
        **copy.deepcopy(template["spec"]),
        "nodeName": "n1",
        "priority": 1000,
        "preemptionPolicy": "Never",
        "imagePullSecrets": [{"name": "registry"}],
        "tolerations": tolerations,
    }
    metadata = {
        "name": POD.name,
        "namespace": SPACE,
        "uid": _uid(POD),
        "generateName": f"{REPLICA_SET.name}-",
        "labels": {**labels, "topology.kubernetes.io/zone": "a"},
        "annotations": dict(template["metadata"]["annotations"]),
        "ownerReferences": _owned(REPLICA_SET),
    }
    status = {"podIPs": [{"ip": "10.244.0.5"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


@cache
def clean_scene() -> Scene:
    """The cluster as declared, with the children that its controllers make in one of the spaces. Nobody changes it."""
    objects = {where: _live(item) for where, item in declared().objects.items()}
    objects |= _children(objects)
    certificate = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"ca.crt": "the cluster's"}}
    for namespace in (SPACE, "kube-system"):
        where = ref("v1", "ConfigMap", "kube-root-ca.crt", namespace)
        objects[where] = {**certificate, "metadata": {"name": where.name, "namespace": namespace}}
    account = ref("v1", "ServiceAccount", "default")
    objects[account] = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": SPACE},
    }
    node = ref("v1", "Node", "n1", "")
    objects[node] = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "a"}},
    }
    return Scene(declared(), _learned(), digests(), Observed(CLUSTER, VERSION, objects, {}, {}))


def changed(scene: Scene, where: ObjectRef, change: Callable[[Any], None]) -> Scene:
    """Return the scene after somebody changed one live object."""
    item = copy.deepcopy(scene.observed.objects[where])
    change(item)
    return replace(scene, observed=scene.observed.with_objects({where: item}))


def planted(scene: Scene, where: ObjectRef, item: dict[str, Any]) -> Scene:
    """Return the scene after somebody created an object."""
    metadata = {"name": where.name, "uid": _uid(where)} | ({"namespace": where.namespace} if where.namespace else {})
    full = {"apiVersion": where.api_version, "kind": where.kind, **item}
    full["metadata"] = {**metadata, **item.get("metadata", {})}
    return replace(scene, observed=scene.observed.with_objects({where: full}))


def removed(scene: Scene, where: ObjectRef) -> Scene:
    """Return the scene after somebody deleted an object."""
    return replace(scene, observed=scene.observed.with_objects({where: None}))


def owned_by(where: ObjectRef) -> list[dict[str, Any]]:
    """Return an ownerReference to a live object as its controller writes it."""
    return _owned(where)


def found(scene: Scene) -> list[tuple[str, str, str]]:
    """Return class, object and path of every finding."""
    return [row(one) for one in judge(scene).findings]


def row(one: Finding) -> tuple[str, str, str]:
    """Return class, object and path of a finding."""
    return one.classification.value, str(one.where), one.path


def finding(scene: Scene) -> Finding:
    """Return the only finding."""
    (only,) = judge(scene).findings
    return only
