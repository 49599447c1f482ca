"""Where a Service's traffic goes: to addresses of the space's own pods, or it is diverted. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kogge.clusters.kinds import kind_of
from kogge.drift.objects.difference import differences
from kogge.drift.objects.scene import Scene
from kogge.drift.objects.server_managed import comparable
from kogge.json_difference import Difference, Path
from kogge.json_value import Json, JsonObject, at, items_at, text_at

MANAGED_BY: Final = "endpointslice.kubernetes.io/managed-by"
SLICE_CONTROLLER: Final = "endpointslice-controller.k8s.io"
_SLICE_ANNOTATIONS: Final = frozenset({"endpoints.kubernetes.io/last-change-trigger-time"})


def slice_differences(scene: Scene, service: JsonObject, item: JsonObject) -> Iterator[Difference]:
    """Yield what an EndpointSlice has other than its Service and the pods of the space yield."""
    name = text_at(service, "metadata", "name")
    marks: JsonObject = {"kubernetes.io/service-name": name, MANAGED_BY: SLICE_CONTROLLER}
    yield from _metadata(service, item, marks, "EndpointSlice")
    pods: list[JsonObject] = []
    for index, endpoint in enumerate(items_at(item, "endpoints")):
        pod = _pod(scene, item, at(endpoint, "targetRef"))
        addresses = at(endpoint, "addresses")
        listed = addresses if isinstance(addresses, list) else []
        if pod is None or not all(address in _addresses(pod) for address in listed):
            yield Difference(("endpoints", str(index), "addresses"), None, listed)
        else:
            pods.append(pod)
    yield from _ports(service, pods, items_at(item, "ports"), ("ports",))


def endpoints_differences(scene: Scene, service: JsonObject, item: JsonObject) -> Iterator[Difference]:
    """Yield the same for the older kind Endpoints, which names no owner: it belongs to the Service of its name."""
    marks: JsonObject = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    yield from _metadata(service, item, marks, "Endpoints")
    for number, subset in enumerate(items_at(item, "subsets")):
        pods: list[JsonObject] = []
        for field in ("addresses", "notReadyAddresses"):
            for index, entry in enumerate(items_at(subset, field)):
                pod = _pod(scene, item, at(entry, "targetRef"))
                if pod is None or entry.get("ip") not in _addresses(pod):
                    yield Difference(("subsets", str(number), field, str(index), "ip"), None, entry.get("ip"))
                else:
                    pods.append(pod)
        yield from _ports(service, pods, items_at(subset, "ports"), ("subsets", str(number), "ports"))


def _metadata(service: JsonObject, item: JsonObject, marks: JsonObject, kind: str) -> Iterator[Difference]:
    found = comparable(item)
    metadata = found["metadata"] if isinstance(found.get("metadata"), dict) else {}
    labels = at(service, "metadata", "labels")
    annotations = at(metadata, "annotations")
    kept = {
        key: value
        for key, value in (annotations if isinstance(annotations, dict) else {}).items()
        if key in _SLICE_ANNOTATIONS
    }
    expected: JsonObject = {
        **(metadata if isinstance(metadata, dict) else {}),
        "labels": {**(labels if isinstance(labels, dict) else {}), **marks},
        "annotations": kept,
    }
    yield from (
        found
        for found in differences(expected, metadata, kind, ("metadata",))
        # Kept while a Service is headless, and by older releases: they say what the Service says.
        if found.path[-1] != "service.kubernetes.io/headless"
    )


def _pod(scene: Scene, item: JsonObject, target: Json) -> JsonObject | None:
    """Return the pod that an endpoint names, if it is there, in the same namespace, with the same uid."""
    namespace = text_at(item, "metadata", "namespace")
    ref = kind_of("Pod").ref(scene.declared.cluster, namespace, text_at(target, "name"))
    pod = scene.observed.objects.get(ref)
    right = at(target, "kind") == "Pod" and text_at(target, "namespace") == namespace
    return pod if pod is not None and right and text_at(pod, "metadata", "uid") == text_at(target, "uid") else None


def _addresses(pod: JsonObject) -> set[str]:
    return {text_at(entry, "ip") for entry in items_at(pod, "status", "podIPs")} - {""}


def _ports(service: JsonObject, pods: list[JsonObject], found: list[JsonObject], path: Path) -> Iterator[Difference]:
    """Yield ports that the Service does not lead to; without any pod of its own nothing can be said."""
    if not pods:
        return
    numbers = {
        (text_at(port, "name"), text_at(port, "protocol"), port.get("containerPort"))
        for pod in pods
        for container in items_at(pod, "spec", "containers")
        for port in items_at(container, "ports")
    }
    allowed = set()
    for port in items_at(service, "spec", "ports"):
        target, protocol = port.get("targetPort"), text_at(port, "protocol")
        if isinstance(target, str):
            targets = {number for name, how, number in numbers if (name, how) == (target, protocol)}
        else:
            targets = {target}
        allowed |= {(text_at(port, "name"), protocol, number) for number in targets}
    for index, port in enumerate(found):
        if (text_at(port, "name"), text_at(port, "protocol"), port.get("port")) not in allowed:
            yield Difference((*path, str(index)), None, port)
