"""Declared objects: whatever differs is found with its path, and nothing else is."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from kogge.defaults.record import Learned
from kogge.drift.objects.compare import judge
from kogge.drift.objects.scene import Scene
from kogge.estate.estate import PLATFORM
from kogge.findings import Cause, FindingClass, ObjectRef, Severity, Unknown
from kogge.trust import KnownDigests
from tests.support.scenes import (
    DENY,
    DEPLOYMENT,
    QUOTA,
    SECRET,
    SERVICE,
    SETTINGS,
    SPACE,
    changed,
    clean_scene,
    finding,
    found,
    ref,
    removed,
    row,
)

NAMESPACE = ref("v1", "Namespace", SPACE, "")
BINDING = ref("rbac.authorization.k8s.io/v1", "RoleBinding", "operators")
INGRESS = ref("networking.k8s.io/v1", "Ingress", "terminvergabe")


def put(*path: str | int, value: Any) -> Any:
    def change(item: Any) -> None:
        for step in path[:-1]:
            item = item[step]
        if isinstance(item, list) and path[-1] == len(item):
            item.append(value)
        else:
            item[path[-1]] = value

    return change


def test_a_cluster_as_declared_has_no_finding_and_no_unknown() -> None:
    judgement = judge(clean_scene())
    assert (judgement.findings, judgement.unknown) == ((), ())


@pytest.mark.parametrize(
    ("where", "path", "value", "pointer", "severity"),
    [
        (DENY, ("spec", "podSelector"), {"matchLabels": {"a": "b"}}, "/spec/podSelector/matchLabels/a", "critical"),
        (DENY, ("spec", "ingress"), [{}], "/spec/ingress", "critical"),
        (DENY, ("spec", "policyTypes"), ["Ingress"], "/spec/policyTypes/1", "critical"),
        (QUOTA, ("spec", "hard", "pods"), "9999", "/spec/hard/pods", "critical"),
        (BINDING, ("roleRef", "name"), "cluster-admin", "/roleRef/name", "critical"),
        (NAMESPACE, ("metadata", "labels", "x"), "y", "/metadata/labels/x", "critical"),
        (SETTINGS, ("data", "X"), "y", "/data/X", "high"),
        (SETTINGS, ("metadata", "labels", "x"), "y", "/metadata/labels/x", "low"),
        (SETTINGS, ("metadata", "annotations", "note"), "y", "/metadata/annotations/note", "low"),
        (
            SETTINGS,
            ("metadata", "labels", "kogge.internal/tenant"),
            "y",
            "/metadata/labels/kogge.internal~1tenant",
            "high",
        ),
        (NAMESPACE, ("metadata", "annotations", "x"), "y", "/metadata/annotations/x", "critical"),
        (BINDING, ("metadata", "labels", "x"), "y", "/metadata/labels/x", "low"),
        (SERVICE, ("metadata", "annotations", "x"), "y", "/metadata/annotations/x", "high"),
        (SETTINGS, ("immutable",), True, "/immutable", "high"),
        (SERVICE, ("spec", "clusterIP"), "None", "/spec/clusterIP", "high"),
        (SERVICE, ("spec", "externalIPs"), ["203.0.113.9"], "/spec/externalIPs", "high"),
        (SERVICE, ("spec", "selector", "x"), "y", "/spec/selector/x", "high"),
        (DEPLOYMENT, ("spec", "template", "spec", "hostNetwork"), True, "/spec/template/spec/hostNetwork", "high"),
        (
            DEPLOYMENT,
            ("metadata", "annotations", "deployment.kubernetes.io/revision"),
            "x",
            "/metadata/annotations/deployment.kubernetes.io~1revision",
            "low",
        ),
        (
            INGRESS,
            ("metadata", "annotations", "nginx.ingress.kubernetes.io/configuration-snippet"),
            "x",
            "/metadata/annotations/nginx.ingress.kubernetes.io~1configuration-snippet",
            "critical",
        ),
        (
            NAMESPACE,
            ("metadata", "deletionTimestamp"),
            "2026-11-24T00:00:00Z",
            "/metadata/deletionTimestamp",
            "critical",
        ),
    ],
)
def test_one_change_is_one_finding_with_its_path(
    where: ObjectRef, path: tuple[str | int, ...], value: Any, pointer: str, severity: str
) -> None:
    scene = changed(clean_scene(), where, put(*path, value=value))
    only = finding(scene)
    assert row(only) == ("changed", str(where), pointer)
    assert only.severity == severity


def test_an_appended_subject_is_found_wherever_it_stands() -> None:
    stranger = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "oidc:strangers"}
    scene = changed(clean_scene(), BINDING, lambda item: item["subjects"].insert(0, stranger))
    only = finding(scene)
    assert row(only) == ("changed", str(BINDING), "/subjects/0")
    assert only.found == stranger


def test_the_order_of_a_set_and_another_spelling_of_an_amount_are_no_difference() -> None:
    scene = changed(clean_scene(), DENY, lambda item: item["spec"]["policyTypes"].reverse())
    scene = changed(scene, QUOTA, put("spec", "hard", "limits.cpu", value="2.5"))
    assert found(scene) == []


def test_replicas_within_the_bounds_of_the_files_are_the_operators_and_beyond_them_a_finding() -> None:
    minimum, maximum = clean_scene().declared.replicas[SPACE]
    for number in range(minimum, maximum + 1):
        assert found(changed(clean_scene(), DEPLOYMENT, put("spec", "replicas", value=number))) == []
    for number in (minimum - 1, maximum + 1):
        scene = changed(clean_scene(), DEPLOYMENT, put("spec", "replicas", value=number))
        assert found(scene) == [("changed", str(DEPLOYMENT), "/spec/replicas")]


REPLICAS = ref("v1", "ConfigMap", "kogge-replicas", "kogge-platform")


def test_bounds_that_somebody_widened_in_the_cluster_widen_nothing() -> None:
    scene = changed(clean_scene(), REPLICAS, put("data", SPACE, value="1-99"))
    scene = changed(scene, DEPLOYMENT, put("spec", "replicas", value=50))
    assert set(found(scene)) == {
        ("changed", str(REPLICAS), f"/data/{SPACE}"),
        ("changed", str(DEPLOYMENT), "/spec/replicas"),
    }


def test_what_the_platform_states_of_a_space_concerns_its_tenant() -> None:
    only = finding(changed(clean_scene(), REPLICAS, put("data", SPACE, value="1-99")))
    assert (only.tenant, only.severity) == ("moelln", Severity.CRITICAL)
    added = finding(changed(clean_scene(), REPLICAS, put("data", "fremd--dienst", value="0-9")))
    assert added.tenant is None


def test_what_the_platform_states_of_a_blocked_tenants_space_is_not_judged() -> None:
    scene = changed(clean_scene(), REPLICAS, put("data", "fremd--dienst", value="0-9"))
    blocked = replace(scene, declared=replace(scene.declared, blocked={"fremd": "its file has an error"}))
    assert found(blocked) == []


def test_a_deleted_object_is_missing() -> None:
    scene = removed(clean_scene(), DENY)
    only = finding(scene)
    assert row(only) == ("missing", str(DENY), "")
    assert only.severity is Severity.CRITICAL


def test_a_changed_secret_is_found_and_no_value_is_shown() -> None:
    value = base64.b64encode(b"hunter2").decode()
    scene = changed(clean_scene(), SECRET, put("data", "DATABASE_PASSWORD", value=value))
    only = finding(scene)
    assert (only.path, only.expected, only.found) == ("/data/DATABASE_PASSWORD", "(secret)", "(secret)")


@pytest.mark.parametrize(
    "path",
    [
        ("data", "EXTRA"),
        ("stringData",),
        ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ],
)
def test_nothing_that_is_added_to_a_secret_is_shown(path: tuple[str, ...]) -> None:
    only = finding(changed(clean_scene(), SECRET, put(*path, value="aHVudGVyMg==")))
    assert only.found == "(secret)"


def test_a_secret_without_a_digest_is_unknown_and_not_clean() -> None:
    scene = replace(clean_scene(), digests=KnownDigests({}, {}))
    judgement = judge(scene)
    assert judgement.findings == ()
    assert any("DATABASE_PASSWORD" in unknown.reason for unknown in judgement.unknown)


def test_digests_that_are_not_believed_are_told_once_with_the_reason() -> None:
    reason = Unknown("moelln", "keys", "somebody else made or changed it")
    known = replace(clean_scene().digests, by_owner={}, untrusted={"moelln": reason})
    judgement = judge(replace(clean_scene(), digests=known))
    assert judgement.findings == ()
    assert [unknown for unknown in judgement.unknown if unknown.tenant == "moelln"] == [reason]


def test_what_the_files_say_and_nobody_applied_is_pending() -> None:
    record = clean_scene().learned.applied["moelln"]
    key = "networking.k8s.io/v1 NetworkPolicy moelln--terminvergabe/default-deny"
    assert key in record.manifests
    older = replace(record, manifests={**record.manifests, key: "another digest"})
    learned = replace(clean_scene().learned, applied={**clean_scene().learned.applied, "moelln": older})
    scene = replace(removed(clean_scene(), DENY), learned=learned)
    scene = changed(scene, SETTINGS, put("data", "X", value="y"))
    findings = {str(f.where): (f.classification, f.cause) for f in judge(scene).findings}
    assert findings[str(DENY)] == (FindingClass.PENDING, Cause.NOT_APPLIED)
    assert findings[str(SETTINGS)][0] is FindingClass.CHANGED, "a change elsewhere in the stack is no excuse"


def test_an_object_that_left_the_files_is_pending_and_not_foreign() -> None:
    scene = clean_scene()
    objects = {where: item for where, item in scene.declared.objects.items() if where != SETTINGS}
    scene = replace(scene, declared=replace(scene.declared, objects=objects))
    assert found(scene) == [("pending", str(SETTINGS), "")]


def test_a_namespace_that_left_the_files_is_foreign_for_no_run_removes_it() -> None:
    scene = clean_scene()
    objects = {where: item for where, item in scene.declared.objects.items() if item.tenant != "rostock"}
    spaces = {space: tenant for space, tenant in scene.declared.spaces.items() if tenant != "rostock"}
    scene = replace(scene, declared=replace(scene.declared, objects=objects, spaces=spaces))
    findings = [f for f in judge(scene).findings if isinstance(f.where, ObjectRef) and f.where.kind == "Namespace"]
    assert {f.where.name for f in findings} == {"rostock--terminvergabe"}  # type: ignore[union-attr]
    assert {(f.classification, f.cause) for f in findings} == {(FindingClass.FOREIGN, Cause.NOT_APPLIED)}


def test_a_tenant_that_was_never_applied_is_pending_as_a_whole() -> None:
    scene = clean_scene()
    mine = [where for where, item in scene.declared.objects.items() if item.tenant == "rostock"]
    scene = _without(scene, mine)
    assert {classification for classification, _, _ in found(scene)} == {"missing"}
    applied = {stack: record for stack, record in scene.learned.applied.items() if stack != "rostock"}
    scene = replace(scene, learned=replace(scene.learned, applied=applied))
    assert {classification for classification, _, _ in found(scene)} == {"pending"}


def _without(scene: Scene, gone: list[ObjectRef]) -> Scene:
    for where in gone:
        scene = removed(scene, where)
    return scene


def test_a_shape_that_was_not_learned_is_unknown_and_what_is_declared_is_still_compared() -> None:
    scene = changed(clean_scene(), QUOTA, put("spec", "hard", "pods", value="9999"))
    scene = replace(scene, learned=Learned({}, scene.learned.applied))
    judgement = judge(scene)
    assert [(str(f.where), f.path) for f in judgement.findings] == [(str(QUOTA), "/spec/hard/pods")]
    assert {unknown.tenant for unknown in judgement.unknown} >= {PLATFORM, "moelln"}
    assert all("was not learned" in unknown.reason for unknown in judgement.unknown)


def test_a_change_of_unknown_shape_that_waits_is_pending_even_when_nothing_declared_differs() -> None:
    record = clean_scene().learned.applied["moelln"]
    key = "v1 ResourceQuota moelln--terminvergabe/space"
    older = replace(record, manifests={**record.manifests, key: "another digest"})
    learned = Learned({}, {**clean_scene().learned.applied, "moelln": older})
    scene = changed(clean_scene(), QUOTA, put("spec", "hard", "count/secrets", value="9"))
    assert ("pending", str(QUOTA), "") in found(replace(scene, learned=learned))


def test_after_an_upgrade_of_the_server_nothing_is_known_until_it_is_learned_again() -> None:
    scene = clean_scene()
    scene = replace(scene, observed=replace(scene.observed, server_version="v1.38.0"))
    assert judge(scene).unknown


def test_a_kind_that_could_not_be_listed_yields_no_finding() -> None:
    scene = removed(clean_scene(), DENY)
    unreadable = {("networking.k8s.io/v1", "NetworkPolicy"): "403"}
    assert found(replace(scene, observed=replace(scene.observed, unreadable=unreadable))) == []


def test_a_blocked_tenant_is_unknown_and_its_spaces_are_not_foreign() -> None:
    scene = clean_scene()
    kept = {where: item for where, item in scene.declared.objects.items() if item.tenant != "moelln"}
    spaces = {name: tenant for name, tenant in scene.declared.spaces.items() if tenant != "moelln"}
    applied = {stack: record for stack, record in scene.learned.applied.items() if stack != "moelln"}
    scene = replace(
        scene,
        declared=replace(
            scene.declared, objects=kept, spaces=spaces, blocked={"moelln": "tenants/moelln.yaml:3:1: a mistake"}
        ),
        learned=replace(scene.learned, applied=applied),
    )
    judgement = judge(scene)
    assert judgement.findings == ()
    assert [(unknown.tenant, unknown.where, unknown.reason) for unknown in judgement.unknown] == [
        ("moelln", "", "tenants/moelln.yaml:3:1: a mistake")
    ]
