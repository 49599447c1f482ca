"""Objects outside the spaces that reach into them, or pass for Kogge's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scenes import SPACE, clean_scene, finding, found, planted, ref

RBAC = "rbac.authorization.k8s.io/v1"


def _binding(kind: str, name: str, namespace: str, subject: dict[str, str], role: str = "view") -> Any:
    return planted(
        clean_scene(),
        ref(RBAC, kind, name, namespace),
        {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject]},
    )


@pytest.mark.parametrize(
    ("kind", "namespace", "subject", "tenant"),
    [
        ("ClusterRoleBinding", "", {"kind": "Group", "name": "oidc:moelln-it"}, "moelln"),
        ("RoleBinding", "kube-system", {"kind": "Group", "name": "oidc:moelln-it"}, "moelln"),
        ("ClusterRoleBinding", "", {"kind": "ServiceAccount", "namespace": SPACE, "name": "app"}, "moelln"),
        ("ClusterRoleBinding", "", {"kind": "User", "name": f"system:serviceaccount:{SPACE}:app"}, "moelln"),
        ("ClusterRoleBinding", "", {"kind": "Group", "name": f"system:serviceaccounts:{SPACE}"}, "moelln"),
        ("ClusterRoleBinding", "", {"kind": "Group", "name": "kogge:provisioners"}, None),
        ("ClusterRoleBinding", "", {"kind": "Group", "name": "system:authenticated"}, None),
    ],
)
def test_a_binding_that_reaches_a_partner_is_foreign_and_critical(
    kind: str, namespace: str, subject: dict[str, str], tenant: str | None
) -> None:
    only = finding(_binding(kind, "convenience", namespace, subject))
    assert (only.classification, only.severity, only.tenant) == ("foreign", "critical", tenant)


@pytest.mark.parametrize(
    ("name", "role", "subject"),
    [
        ("system:basic-user", "system:basic-user", {"kind": "Group", "name": "system:authenticated"}),
        ("cluster-admins", "cluster-admin", {"kind": "Group", "name": "platform-engineers"}),
        ("monitoring", "view", {"kind": "ServiceAccount", "namespace": "monitoring", "name": "agent"}),
    ],
)
def test_what_the_cluster_gives_to_others_is_no_finding(name: str, role: str, subject: dict[str, str]) -> None:
    assert found(_binding("ClusterRoleBinding", name, "", subject, role)) == []


def test_a_stock_binding_that_gives_more_than_its_own_role_is_found() -> None:
    scene = _binding(
        "ClusterRoleBinding",
        "system:basic-user",
        "",
        {"kind": "Group", "name": "system:authenticated"},
        "cluster-admin",
    )
    assert found(scene) == [("foreign", "ClusterRoleBinding system:basic-user", "")]


@pytest.mark.parametrize(
    ("name", "labels", "tenant"),
    [
        ("moelln--schatten", {}, "moelln"),
        ("nobody--schatten", {}, None),
        ("innocent", {"kogge.internal/tenant": "moelln"}, None),
    ],
)
def test_a_namespace_that_looks_like_a_space_is_foreign(name: str, labels: dict[str, str], tenant: str | None) -> None:
    only = finding(planted(clean_scene(), ref("v1", "Namespace", name, ""), {"metadata": {"labels": labels}}))
    assert (only.classification, only.severity, only.tenant) == ("foreign", "critical", tenant)


def test_a_namespace_of_somebody_else_is_none_of_our_business() -> None:
    scene = planted(clean_scene(), ref("v1", "Namespace", "monitoring", ""), {})
    scene = planted(scene, ref("v1", "Pod", "agent", "monitoring"), {"spec": {}})
    assert found(scene) == []


@pytest.mark.parametrize(
    ("name", "labels"), [("kogge-helpful", {}), ("helpful", {"app.kubernetes.io/managed-by": "kogge"})]
)
def test_an_object_that_passes_for_kogges_is_foreign(name: str, labels: dict[str, str]) -> None:
    where = ref("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", name, "")
    assert found(planted(clean_scene(), where, {"metadata": {"labels": labels}})) == [
        ("foreign", f"MutatingWebhookConfiguration {name}", "")
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "severity"),
    [
        (RBAC, "RoleBinding", "critical"),
        ("networking.k8s.io/v1", "NetworkPolicy", "critical"),
        ("v1", "Secret", "high"),
        ("v1", "ConfigMap", "high"),
        ("batch/v1", "CronJob", "high"),
        ("v1", "Service", "high"),
        ("coordination.k8s.io/v1", "Lease", "low"),
    ],
)
def test_a_stranger_in_a_space_is_foreign(api_version: str, kind: str, severity: str) -> None:
    only = finding(planted(clean_scene(), ref(api_version, kind, "stranger"), {"data": {"key": "c2VjcmV0"}}))
    assert (only.classification, only.severity, only.tenant) == ("foreign", severity, "moelln")
    assert "c2VjcmV0" not in str(only.found)
