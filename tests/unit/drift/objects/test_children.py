"""What controllers make is expected, and only what they would make: an ownerReference alone proves nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from kogge.defaults.learning import template_digest
from kogge.defaults.record import AppliedManifests, object_key
from kogge.drift.objects.compare import judge
from kogge.drift.objects.scene import Scene
from kogge.findings import ObjectRef, Severity
from tests.support.scenes import (
    DEPLOYMENT,
    ENDPOINTS,
    POD,
    REPLICA_SET,
    SERVICE,
    SLICE,
    SPACE,
    changed,
    clean_scene,
    finding,
    found,
    owned_by,
    planted,
    ref,
    removed,
    row,
)

IMAGE = "registry.kommune.example/other@sha256:" + "0" * 64


def _image(item: Any) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["image"] = IMAGE


def _replica_set(scene: Scene, template: Any, name: str = "terminvergabe-5f6b7c8d9", **metadata: Any) -> Scene:
    """Plant a ReplicaSet that copies the true one in everything but its template."""
    item = copy.deepcopy(scene.observed.objects[REPLICA_SET])
    labels = {**item["metadata"]["labels"], "pod-template-hash": name.rpartition("-")[2]}  # type: ignore[index,call-overload]
    template = copy.deepcopy(template)
    template["metadata"]["labels"] = labels
    selector = {
        "matchLabels": {"app.kubernetes.io/name": "terminvergabe", "pod-template-hash": name.rpartition("-")[2]}
    }
    spec = {"replicas": 0, "selector": selector, "template": template}
    metadata = {"labels": labels, "ownerReferences": owned_by(DEPLOYMENT), **metadata}
    return planted(scene, ref("apps/v1", "ReplicaSet", name), {"spec": spec, "metadata": metadata})


def _other_template(scene: Scene) -> Any:
    template: Any = copy.deepcopy(scene.observed.objects[DEPLOYMENT]["spec"]["template"])  # type: ignore[index,call-overload]
    template["spec"]["containers"][0]["image"] = IMAGE
    return template


def test_a_planted_replica_set_with_a_forged_owner_is_foreign() -> None:
    scene = _replica_set(clean_scene(), _other_template(clean_scene()))
    assert found(scene) == [("foreign", f"ReplicaSet {SPACE}/terminvergabe-5f6b7c8d9", "")]


def test_an_older_revision_that_kogge_applied_is_expected() -> None:
    scene = clean_scene()
    older = _other_template(scene)
    record = scene.learned.applied["moelln"]
    key = object_key(DEPLOYMENT)
    applied = AppliedManifests(record.manifests, {key: (*record.templates[key], template_digest(older))})
    learned = replace(scene.learned, applied={**scene.learned.applied, "moelln": applied})
    assert found(_replica_set(replace(scene, learned=learned), older)) == []


@pytest.mark.parametrize(
    "reference",
    [
        {"uid": "another"},
        {"controller": False},
        {"kind": "StatefulSet"},
        {"name": "another"},
        {"apiVersion": "apps/v2"},
    ],
    ids=str,
)
@pytest.mark.parametrize("where", [REPLICA_SET, POD, SLICE], ids=lambda where: where.kind)
def test_a_reference_that_is_not_the_controllers_makes_a_stranger(where: ObjectRef, reference: dict[str, Any]) -> None:
    scene = changed(clean_scene(), where, lambda item: item["metadata"]["ownerReferences"][0].update(reference))
    assert ("foreign", str(where), "") in found(scene)


def test_a_second_owner_makes_a_stranger() -> None:
    scene = changed(clean_scene(), POD, lambda item: item["metadata"]["ownerReferences"].extend(owned_by(SERVICE)))
    assert ("foreign", str(POD), "") in found(scene)


def test_a_pod_without_an_owner_is_foreign() -> None:
    scene = changed(clean_scene(), POD, lambda item: item["metadata"].pop("ownerReferences"))
    assert ("foreign", str(POD), "") in found(scene)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda pod: pod["spec"]["containers"][0].update(image=IMAGE), "/spec/containers/0/image"),
        (lambda pod: pod["spec"].update(ephemeralContainers=[{"name": "x"}]), "/spec/ephemeralContainers"),
        (lambda pod: pod["spec"].update(hostPID=True), "/spec/hostPID"),
        (lambda pod: pod["spec"].update(priority=2_000_000_000), "/spec/priority"),
        (lambda pod: pod["spec"].update(imagePullSecrets=[{"name": "mine"}]), "/spec/imagePullSecrets"),
        (lambda pod: pod["spec"]["tolerations"].append({"operator": "Exists"}), "/spec/tolerations"),
        (lambda pod: pod["spec"]["containers"].append({"name": "miner"}), "/spec/containers/1"),
        (lambda pod: pod["metadata"]["labels"].update(app="other"), "/metadata/labels/app"),
        (
            lambda pod: pod["metadata"]["labels"].update({"topology.kubernetes.io/zone": "z"}),
            "/metadata/labels/topology.kubernetes.io~1zone",
        ),
        (lambda pod: pod["metadata"]["annotations"].update(x="y"), "/metadata/annotations/x"),
        (lambda pod: pod["metadata"].update(finalizers=["a/b"]), "/metadata/finalizers"),
    ],
)
def test_a_pod_that_is_more_than_its_template_is_found_with_its_path(change: Any, path: str) -> None:
    assert found(changed(clean_scene(), POD, change)) == [("changed", str(POD), path)]


def test_a_pod_that_is_being_deleted_is_no_finding() -> None:
    scene = changed(clean_scene(), POD, lambda pod: pod["metadata"].update(deletionTimestamp="2026-11-24T00:00:00Z"))
    assert found(scene) == []


def test_an_edited_deployment_is_one_finding_and_its_rollout_none() -> None:
    scene = changed(clean_scene(), DEPLOYMENT, _image)
    scene = changed(scene, REPLICA_SET, _image)
    scene = changed(scene, POD, lambda pod: pod["spec"]["containers"][0].update(image=IMAGE))
    assert found(scene) == [("changed", str(DEPLOYMENT), "/spec/template/spec/containers/0/image")]


def test_a_template_patched_in_a_replica_set_is_found() -> None:
    scene = changed(clean_scene(), REPLICA_SET, _image)
    assert found(scene) == [("foreign", str(REPLICA_SET), "")], "its pods are its true children and stand behind it"


def test_a_selector_widened_in_a_replica_set_is_found() -> None:
    scene = changed(
        clean_scene(), REPLICA_SET, lambda item: item["spec"]["selector"]["matchLabels"].pop("pod-template-hash")
    )
    assert found(scene) == [("changed", str(REPLICA_SET), "/spec/selector/matchLabels/pod-template-hash")]


def test_a_stranger_stands_for_its_true_children() -> None:
    job = ref("batch/v1", "Job", "miner")
    scene = planted(clean_scene(), job, {"spec": {"template": {"spec": {"containers": [{"image": IMAGE}]}}}})
    scene = planted(scene, ref("v1", "Pod", "miner-1"), {"metadata": {"ownerReferences": owned_by(job)}, "spec": {}})
    only = finding(scene)
    assert row(only) == ("foreign", f"Job {SPACE}/miner", "")
    assert only.found == {"images": [IMAGE]}


def test_a_harmless_stranger_cannot_stand_for_a_pod() -> None:
    lease = ref("coordination.k8s.io/v1", "Lease", "mine")
    scene = planted(clean_scene(), lease, {"spec": {}})
    scene = planted(scene, ref("v1", "Pod", "miner"), {"metadata": {"ownerReferences": owned_by(lease)}, "spec": {}})
    assert set(found(scene)) == {("foreign", f"Lease {SPACE}/mine", ""), ("foreign", f"Pod {SPACE}/miner", "")}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda item: item["endpoints"][0].update(addresses=["203.0.113.66"]), "/endpoints/0/addresses"),
        (lambda item: item["endpoints"].append({"addresses": ["203.0.113.66"]}), "/endpoints/1/addresses"),
        (lambda item: item["endpoints"][0]["targetRef"].update(uid="another"), "/endpoints/0/addresses"),
        (lambda item: item["endpoints"][0]["targetRef"].update(namespace="kube-system"), "/endpoints/0/addresses"),
        (lambda item: item["ports"][0].update(port=22), "/ports/0"),
    ],
)
def test_an_endpoint_slice_that_leads_elsewhere_is_found(change: Any, path: str) -> None:
    scene = changed(clean_scene(), SLICE, change)
    only = finding(scene)
    assert row(only) == ("changed", str(SLICE), path)
    assert only.severity is Severity.CRITICAL


def test_endpoints_that_lead_elsewhere_are_found() -> None:
    scene = changed(clean_scene(), ENDPOINTS, lambda item: item["subsets"][0]["addresses"][0].update(ip="203.0.113.66"))
    assert found(scene) == [("changed", str(ENDPOINTS), "/subsets/0/addresses/0/ip")]


def test_endpoints_of_no_declared_service_are_foreign() -> None:
    scene = planted(
        clean_scene(), ref("v1", "Endpoints", "shadow"), {"subsets": [{"addresses": [{"ip": "203.0.113.66"}]}]}
    )
    assert found(scene) == [("foreign", f"Endpoints {SPACE}/shadow", "")]


def test_another_certificate_for_the_apiserver_is_found() -> None:
    where = ref("v1", "ConfigMap", "kube-root-ca.crt")
    scene = changed(clean_scene(), where, lambda item: item["data"].update({"ca.crt": "mine"}))
    only = finding(scene)
    assert row(only) == ("changed", str(where), "/data/ca.crt")
    assert only.severity is Severity.CRITICAL


def test_a_default_account_that_was_given_something_is_found() -> None:
    where = ref("v1", "ServiceAccount", "default")
    scene = changed(clean_scene(), where, lambda item: item.update(imagePullSecrets=[{"name": "registry"}]))
    assert found(scene) == [("changed", str(where), "/imagePullSecrets")]


def test_children_are_not_judged_by_owners_that_could_not_be_listed() -> None:
    scene = removed(clean_scene(), REPLICA_SET)
    unreadable = {("apps/v1", "ReplicaSet"): "403"}
    assert judge(replace(scene, observed=replace(scene.observed, unreadable=unreadable))).findings == ()
