"""Changes that somebody with too many rights could make in a cluster, each with what the check must say about it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound
from tests.support.suspended_policy import MANAGER, suspended, when_let

JSON_PATCH = "application/json-patch+json"
OTHER_IMAGE = f"registry.kommune.example/terminvergabe@sha256:{'0' * 64}"


@dataclass(frozen=True)
class Attack:
    """One change: how it is made and undone, and the finding it must become."""

    name: str
    stack: str
    act: Callable[[KubeApi], None]
    undo: Callable[[KubeApi], None]
    expected: tuple[str, str, str, str]
    """Class, kind, ``namespace/name``, path."""


def _path(api_version: str, plural: str, namespace: str, name: str = "") -> str:
    base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{base}{place}/{plural}/{name}".rstrip("/")


def _patched(
    name: str, stack: str, where: tuple[str, str, str, str], patch: list[dict[str, Any]], *, kind: str, path: str
) -> Attack:
    """An object is patched; undone by writing back what it was."""
    place = _path(*where)
    kept: list[dict[str, Any]] = []

    def act(api: KubeApi) -> None:
        kept.append(api.get(place))
        _patch(api, place, patch)

    def undo(api: KubeApi) -> None:
        before = kept.pop()
        now = api.get(place)
        changes: list[dict[str, Any]] = [
            {"op": "replace", "path": f"/{field}", "value": value}
            for field, value in before.items()
            if field in {"spec", "data", "rules", "subjects", "endpoints"} and now.get(field) != value
        ]
        for field in ("labels", "annotations"):
            if now["metadata"].get(field) != before["metadata"].get(field):
                changes.append({"op": "replace", "path": f"/metadata/{field}", "value": before["metadata"][field]})
        _patch(api, place, changes)

    namespace = f"{where[2]}/" if where[2] else ""
    return Attack(name, stack, act, undo, ("changed", kind, f"{namespace}{where[3]}", path))


def _planted(name: str, stack: str, plural: str, manifest: dict[str, Any]) -> Attack:
    """An object is created."""
    metadata = manifest["metadata"]
    collection = _path(manifest["apiVersion"], plural, metadata.get("namespace", ""))

    def act(api: KubeApi) -> None:
        filled = {**manifest, "metadata": {**metadata, **_forged(api, metadata)}}
        filled["metadata"].pop("forged", None)
        api.post(f"{collection}?fieldManager={MANAGER}", filled)

    def undo(api: KubeApi) -> None:
        place = f"{collection}/{metadata['name']}"
        api.delete(place)
        deadline = time.monotonic() + 30
        while _exists(api, place) and time.monotonic() < deadline:
            time.sleep(0.1)

    namespace = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return Attack(name, stack, act, undo, ("foreign", manifest["kind"], f"{namespace}{metadata['name']}", ""))


def _patch(api: KubeApi, place: str, patch: list[dict[str, Any]]) -> None:
    api.patch(f"{place}?fieldManager={MANAGER}", patch, content_type=JSON_PATCH)  # type: ignore[arg-type]


def _exists(api: KubeApi, place: str) -> bool:
    try:
        api.get(place)
    except ApiNotFound:
        return False
    return True


def _forged(api: KubeApi, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return an ownerReference to a live object, as a controller would write it."""
    if "forged" not in metadata:
        return {}
    api_version, kind, plural, name = metadata["forged"]
    owner = api.get(_path(api_version, plural, metadata["namespace"], name))
    reference = {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {"ownerReferences": [reference]}


def _past(policy: str, attack: Attack) -> Attack:
    """An attack that an admission policy would refuse: its binding only warns while the attack is made.

    Whoever may do that may do anything; what was done in the meantime must be found all the same.
    """

    def act(api: KubeApi) -> None:
        with suspended(api, policy):
            when_let(lambda: attack.act(api))

    return replace(attack, act=act)


def deleted_policy() -> Attack:
    """The policy that lets a space ask DNS is gone."""
    place = _path("networking.k8s.io/v1", "networkpolicies", "segeberg--onlineformulare", "allow-dns")
    kept: list[dict[str, Any]] = []

    def act(api: KubeApi) -> None:
        kept.append(api.get(place))
        api.delete(place)

    def undo(api: KubeApi) -> None:
        before = kept.pop()
        metadata = {key: before["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        api.apply({**before, "metadata": metadata}, field_manager="kogge")

    expected = ("missing", "NetworkPolicy", "segeberg--onlineformulare/allow-dns", "")
    return Attack("a deleted NetworkPolicy", "segeberg", act, undo, expected)


def patched_pod() -> Attack:
    """A running pod gets another image; the rest of the pod is as it was."""
    space = "segeberg--ratsinformation"
    chosen: list[str] = []
    kept: list[str] = []
    attack = Attack(
        "a Pod whose image was patched in place", "segeberg", lambda _: None, lambda _: None, ("changed", "Pod", "", "")
    )

    def act(api: KubeApi) -> None:
        pod = api.list_all(_path("v1", "pods", space))[0]
        chosen.append(_path("v1", "pods", space, pod["metadata"]["name"]))
        kept.append(pod["spec"]["containers"][0]["image"])
        _set_image(api, chosen[0], OTHER_IMAGE)

    def undo(api: KubeApi) -> None:
        _set_image(api, chosen.pop(), kept.pop())

    return Attack(attack.name, attack.stack, act, undo, ("changed", "Pod", f"{space}/*", "/spec/containers/0/image"))


def _set_image(api: KubeApi, place: str, image: str) -> None:
    patch = [{"op": "replace", "path": "/spec/containers/0/image", "value": image}]
    _patch(api, place, patch)


def _pod_template(labels: dict[str, str]) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": OTHER_IMAGE,
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "10m", "memory": "16Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {"metadata": {"labels": labels}, "spec": spec}


def _deployment(namespace: str, name: str) -> dict[str, Any]:
    labels = {"app": name}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": _pod_template(labels)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def _forged_replica_set(namespace: str, deployment: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": deployment, "pod-template-hash": "6b9c8f7d5"}
    metadata = {
        "name": f"{deployment}-6b9c8f7d5",
        "namespace": namespace,
        "labels": labels,
        "forged": ("apps/v1", "Deployment", "deployments", deployment),
    }
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": _pod_template(labels)}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}


def _forged_slice(namespace: str, service: str) -> dict[str, Any]:
    labels = {
        "kubernetes.io/service-name": service,
        "endpointslice.kubernetes.io/managed-by": "staging.example",
    }
    metadata = {
        "name": f"{service}-diverted",
        "namespace": namespace,
        "labels": labels,
        "forged": ("v1", "Service", "services", service),
    }
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["203.0.113.66"], "conditions": {"ready": True}}],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def _group(name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}


RBAC = "rbac.authorization.k8s.io/v1"
NETWORK = "networking.k8s.io/v1"


def attacks() -> tuple[Attack, ...]:
    """Return every attack; they touch different objects, so all can be made at once."""
    encoded = base64.b64encode(b"known to somebody else").decode()
    cluster_binding = {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "convenience"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [_group("oidc:rostock-it")],
    }
    lookalike = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "moelln--schattenkopie"},
    }
    return (
        deleted_policy(),
        _patched(
            "a narrowed podSelector",
            "luebeck",
            (NETWORK, "networkpolicies", "luebeck--terminvergabe", "default-deny"),
            [{"op": "add", "path": "/spec/podSelector", "value": {"matchLabels": {"app": "none"}}}],
            kind="NetworkPolicy",
            path="/spec/podSelector/matchLabels/app",
        ),
        _patched(
            "an appended allow rule",
            "moelln",
            (NETWORK, "networkpolicies", "moelln--terminvergabe", "allow-same-space"),
            [{"op": "add", "path": "/spec/ingress/-", "value": {"from": [{"namespaceSelector": {}}]}}],
            kind="NetworkPolicy",
            path="/spec/ingress/1",
        ),
        _patched(
            "a changed quota",
            "moelln",
            ("v1", "resourcequotas", "moelln--terminvergabe", "space"),
            [{"op": "replace", "path": "/spec/hard/pods", "value": "500"}],
            kind="ResourceQuota",
            path="/spec/hard/pods",
        ),
        _patched(
            "an extra RoleBinding subject",
            "moelln",
            (RBAC, "rolebindings", "moelln--terminvergabe", "operators"),
            [{"op": "add", "path": "/subjects/-", "value": _group("oidc:strangers")}],
            kind="RoleBinding",
            path="/subjects/1",
        ),
        _patched(
            "an extra verb in the tenant ClusterRole",
            "platform",
            (RBAC, "clusterroles", "", "kogge-tenant-viewer"),
            [{"op": "add", "path": "/rules/0/verbs/-", "value": "create"}],
            kind="ClusterRole",
            path="/rules/0/verbs/3",
        ),
        _patched(
            "an added ConfigMap key",
            "luebeck",
            ("v1", "configmaps", "luebeck--ratsinformation", "settings"),
            [{"op": "add", "path": "/data/LD_PRELOAD", "value": "/proc/self/fd/9"}],
            kind="ConfigMap",
            path="/data/LD_PRELOAD",
        ),
        _past(
            "kogge-space-labels",
            _patched(
                "a weakened Pod Security label",
                "rostock",
                ("v1", "namespaces", "", "rostock--terminvergabe"),
                [
                    {
                        "op": "replace",
                        "path": "/metadata/labels/pod-security.kubernetes.io~1enforce",
                        "value": "privileged",
                    }
                ],
                kind="Namespace",
                path="/metadata/labels/pod-security.kubernetes.io~1enforce",
            ),
        ),
        _past(
            "kogge-space-labels",
            _patched(
                "an added Pod Security label",
                "segeberg",
                ("v1", "namespaces", "", "segeberg--ratsinformation"),
                [{"op": "add", "path": "/metadata/labels/pod-security.kubernetes.io~1exempt", "value": "true"}],
                kind="Namespace",
                path="/metadata/labels/pod-security.kubernetes.io~1exempt",
            ),
        ),
        _planted(
            "an undeclared Deployment",
            "it-allianz-nord",
            "deployments",
            _deployment("it-allianz-nord--digitaler-zwilling", "miner"),
        ),
        patched_pod(),
        _planted(
            "a planted ReplicaSet with a forged ownerReference",
            "luebeck",
            "replicasets",
            _forged_replica_set("luebeck--onlineformulare", "onlineformulare"),
        ),
        _patched(
            "a changed Secret",
            "moelln",
            ("v1", "secrets", "moelln--terminvergabe", "secrets"),
            [{"op": "replace", "path": "/data/DATABASE_PASSWORD", "value": encoded}],
            kind="Secret",
            path="/data/DATABASE_PASSWORD",
        ),
        _planted(
            "an EndpointSlice that diverts traffic",
            "rostock",
            "endpointslices",
            _forged_slice("rostock--terminvergabe", "terminvergabe"),
        ),
        _planted("a binding of a partner to a stock ClusterRole", "platform", "clusterrolebindings", cluster_binding),
        _past(
            "kogge-space-labels", _planted("a namespace that looks like a space", "platform", "namespaces", lookalike)
        ),
    )
