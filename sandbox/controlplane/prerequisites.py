"""What a cluster has before Kogge comes: nodes, DNS, an ingress class, a storage class, and kwok's own rights.

Values of ``platform.yaml`` (ranges, names, labels) are repeated here: this file is the cluster,
that one is what Kogge relies on, and ``doctor`` compares them.
"""

from __future__ import annotations

from typing import Final

from kogge.json_value import JsonObject

NODES: Final = {"hl1-n1": "hl-a-1", "hl1-n2": "hl-a-2", "hl1-n3": "hl-a-3"}
"""Node -> zone."""
SITE: Final = "hl-a"
DNS_ADDRESS: Final = "10.96.0.10"
SIMULATED_IMAGE: Final = "registry.kogge.internal/simulated:1"
"""Never pulled: kwok only says that it runs."""


def manifests() -> tuple[JsonObject, ...]:
    """Return every object, in the order in which they can be applied."""
    nodes = tuple(_node(name, zone, number) for number, (name, zone) in enumerate(NODES.items()))
    return (*nodes, *_kwok_rights(), *_storage(), *_dns(), *_ingress())


def _node(name: str, zone: str, number: int) -> JsonObject:
    capacity: JsonObject = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": SITE,
                "topology.kubernetes.io/zone": zone,
                "kogge.internal/site": SITE,
                "type": "kwok",
            },
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
        "status": {
            "capacity": capacity,
            "allocatable": dict(capacity),
            "addresses": [
                {"type": "InternalIP", "address": f"10.240.0.{10 + number}"},
                {"type": "Hostname", "address": name},
            ],
        },
    }


def _kwok_rights() -> tuple[JsonObject, ...]:
    name = "kogge-sandbox:kwok"
    verbs_all: list[str] = ["get", "list", "watch", "create", "update", "patch", "delete"]
    role: JsonObject = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["nodes/status", "pods/status"], "verbs": ["update", "patch"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "update", "patch", "delete"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": [*verbs_all]},
            {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": [*verbs_all]},
        ],
    }
    binding: JsonObject = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    }
    return role, binding


def _storage() -> tuple[JsonObject, ...]:
    return (
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            # Served by the controller manager itself (its flag enable-hostpath-provisioner).
            "provisioner": "kubernetes.io/host-path",
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate",
        },
    )


def _dns() -> tuple[JsonObject, ...]:
    labels: JsonObject = {"k8s-app": "kube-dns"}
    ports: list[tuple[str, str]] = [("dns", "UDP"), ("dns-tcp", "TCP")]
    service: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": dict(labels)},
        "spec": {
            "clusterIP": DNS_ADDRESS,
            "selector": dict(labels),
            "ports": [{"name": name, "port": 53, "protocol": protocol} for name, protocol in ports],
        },
    }
    container: JsonObject = {
        "name": "coredns",
        "image": SIMULATED_IMAGE,
        "ports": [{"name": name, "containerPort": 53, "protocol": protocol} for name, protocol in ports],
        "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
    }
    return service, _deployment("kube-system", "coredns", labels, container)


def _ingress() -> tuple[JsonObject, ...]:
    labels: JsonObject = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    container: JsonObject = {
        "name": "controller",
        "image": SIMULATED_IMAGE,
        "ports": [{"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}],
        "resources": {"requests": {"cpu": "100m", "memory": "90Mi"}},
    }
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ingress-nginx"}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": "nginx"},
            "spec": {"controller": "k8s.io/ingress-nginx"},
        },
        _deployment("ingress-nginx", "ingress-nginx-controller", labels, container),
    )


def _deployment(namespace: str, name: str, labels: JsonObject, container: JsonObject) -> JsonObject:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": [container], "automountServiceAccountToken": False},
            },
        },
    }
