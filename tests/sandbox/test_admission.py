"""The sandbox refuses what a real cluster refuses, and for the same reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiRefused
from kogge.json_value import at, items_at, text_at
from sandbox.controlplane.state import State

Namespace = Callable[..., str]


def pod(*, privileged: bool = False) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe"},
        "spec": {
            "containers": [
                {
                    "name": "probe",
                    "image": "registry.kogge.internal/probe:1",
                    "securityContext": {"privileged": privileged},
                }
            ]
        },
    }


def eventually(happens: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.2)
    return False


def test_a_privileged_pod_is_refused_by_pod_security(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace({"pod-security.kubernetes.io/enforce": "restricted"})
    with pytest.raises(ApiRefused, match="violates PodSecurity") as refused:
        admin.post(f"/api/v1/namespaces/{name}/pods", pod(privileged=True))
    assert refused.value.status == 403


def test_the_same_pod_is_accepted_without_the_label(admin: KubeApi, namespace: Namespace) -> None:
    stored = admin.post(f"/api/v1/namespaces/{namespace()}/pods", pod(privileged=True))
    assert at(stored, "spec", "containers", 0, "securityContext", "privileged") is True


def test_a_node_port_over_quota_is_refused(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"services.nodeports": "0"}},
    }
    admin.post(f"/api/v1/namespaces/{name}/resourcequotas", quota)
    assert eventually(lambda: _quota_is_counted(admin, name))
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    admin.post(f"/api/v1/namespaces/{name}/services", service)
    exposed = {**service, "metadata": {"name": "exposed"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
    with pytest.raises(ApiRefused, match=r"exceeded quota: q.*services.nodeports") as refused:
        admin.post(f"/api/v1/namespaces/{name}/services", exposed)
    assert refused.value.status == 403


def _quota_is_counted(admin: KubeApi, name: str) -> bool:
    return at(admin.get(f"/api/v1/namespaces/{name}/resourcequotas/q"), "status", "hard") is not None


def test_a_quota_counts_what_is_used_and_forgets_what_is_deleted(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"count/configmaps": "5"}},
    }
    admin.post(f"/api/v1/namespaces/{name}/resourcequotas", quota)

    def used() -> str:
        return text_at(admin.get(f"/api/v1/namespaces/{name}/resourcequotas/q"), "status", "used", "count/configmaps")

    assert eventually(lambda: used() != "")
    before = int(used())
    for number in range(2):
        admin.post(
            f"/api/v1/namespaces/{name}/configmaps",
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}},
        )
    assert eventually(lambda: int(used()) >= before + 2)
    counted = int(used())
    admin.delete(f"/api/v1/namespaces/{name}/configmaps/c0")
    assert eventually(lambda: int(used()) == counted - 1)


def test_a_validating_admission_policy_denies_what_it_names_and_nothing_else(
    admin: KubeApi, namespace: Namespace
) -> None:
    name = namespace()
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": f"{name}.kogge.internal"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
                ]
            },
            "validations": [{"expression": "object.metadata.name != 'forbidden'", "message": "that name is taken"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": f"{name}.kogge.internal"},
        "spec": {
            "policyName": f"{name}.kogge.internal",
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}},
        },
    }
    admin.apply(policy, field_manager="test")
    admin.apply(binding, field_manager="test")
    path = f"/api/v1/namespaces/{name}/configmaps"
    forbidden = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "forbidden"}}
    refusals: list[ApiRefused] = []

    def denied() -> bool:
        try:
            admin.post(path, forbidden, dry_run=True)
        except ApiRefused as refusal:
            refusals.append(refusal)
        return bool(refusals)

    try:
        assert eventually(denied)
        assert refusals[0].status == 422
        assert "that name is taken" in refusals[0].message
        admin.post(path, {**forbidden, "metadata": {"name": "allowed"}}, dry_run=True)
    finally:
        for manifest in (binding, policy):
            admin.delete(admin.path_of(manifest))


def test_a_deployment_becomes_ready_on_the_simulated_nodes(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": name},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]},
        },
    }
    admin.apply(deployment, field_manager="test")
    path = f"/apis/apps/v1/namespaces/{name}/deployments/web"
    assert eventually(lambda: at(admin.get(path), "status", "readyReplicas") == 3)
    nodes = {text_at(found, "spec", "nodeName") for found in admin.list_all(f"/api/v1/namespaces/{name}/pods")}
    assert nodes == {"hl1-n1", "hl1-n2", "hl1-n3"}


def test_a_volume_claim_of_the_standard_class_is_bound(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "storageClassName": "standard",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    path = f"/api/v1/namespaces/{name}/persistentvolumeclaims"
    admin.post(path, claim)
    assert eventually(lambda: text_at(admin.get(f"{path}/data"), "status", "phase") == "Bound")


def test_secrets_leave_no_content_in_the_audit_log(admin: KubeApi, namespace: Namespace, sandbox: State) -> None:
    name = namespace()
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "never-in-a-log"}}
    admin.post(f"/api/v1/namespaces/{name}/secrets", secret)
    log = sandbox.logs / "audit.log"
    assert eventually(lambda: f"/namespaces/{name}/secrets" in log.read_text(encoding="utf-8"))
    text = log.read_text(encoding="utf-8")
    assert "never-in-a-log" not in text
    assert "bmV2ZXItaW4tYS1sb2c" not in text


def test_a_node_of_the_sandbox_has_capacity_zone_and_site(admin: KubeApi) -> None:
    nodes = admin.list_all("/api/v1/nodes")
    assert {text_at(node, "metadata", "labels", "topology.kubernetes.io/zone") for node in nodes} == {
        "hl-a-1",
        "hl-a-2",
        "hl-a-3",
    }
    assert {text_at(node, "metadata", "labels", "kogge.internal/site") for node in nodes} == {"hl-a"}
    assert {text_at(node, "status", "allocatable", "cpu") for node in nodes} == {"16"}
    assert all(items_at(node, "status", "conditions") for node in nodes)
