"""The HTTP client against a real apiserver: paging, server-side apply, and errors that can be told apart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiConflict, ApiError, ApiNotFound, ApiRefused, ApiUnreachable, KubeconfigError
from kogge.clusters.kinds import LISTED, NOT_LISTED, Kind, api_path
from kogge.json_value import at, items_at, text_at
from sandbox.controlplane.state import State

Namespace = Callable[..., str]


def config_map(namespace: str, name: str, **data: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def test_a_long_list_comes_whole_and_each_item_says_what_it_is(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    path = f"/api/v1/namespaces/{name}/configmaps"
    for number in range(7):
        admin.post(path, config_map(name, f"c{number}"))
    found = admin.list_all(path, limit=3)
    ours = sorted(text_at(item, "metadata", "name") for item in found if text_at(item, "metadata", "name")[0] == "c")
    assert ours == [f"c{number}" for number in range(7)]
    assert {(item["apiVersion"], item["kind"]) for item in found} == {("v1", "ConfigMap")}


def test_a_label_selector_narrows_a_list(admin: KubeApi) -> None:
    found = admin.list_all("/api/v1/namespaces/kube-system/pods", label_selector="k8s-app=kube-dns")
    assert len(found) == 2
    assert admin.list_all("/api/v1/namespaces/kube-system/pods", label_selector="k8s-app=other") == []


def test_apply_creates_changes_and_takes_fields_back(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    admin.apply(config_map(name, "c", a="1", b="2"), field_manager="kogge")
    changed = admin.apply(config_map(name, "c", a="3"), field_manager="kogge")
    assert changed["data"] == {"a": "3"}


def test_a_dry_run_stores_nothing(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    told = admin.apply(config_map(name, "c", a="1"), field_manager="kogge", dry_run=True)
    assert at(told, "data", "a") == "1"
    with pytest.raises(ApiNotFound):
        admin.get(f"/api/v1/namespaces/{name}/configmaps/c")


def test_without_force_another_managers_field_is_a_conflict(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    admin.apply(config_map(name, "c", a="1"), field_manager="someone")
    with pytest.raises(ApiConflict, match="someone") as conflict:
        admin.apply(config_map(name, "c", a="2"), field_manager="kogge", force=False)
    assert conflict.value.status == 409


def test_a_misspelt_field_is_refused(admin: KubeApi, namespace: Namespace) -> None:
    manifest = {**config_map(namespace(), "c"), "daata": {}}
    with pytest.raises(ApiError, match="daata"):
        admin.apply(manifest, field_manager="kogge")


def test_an_invalid_object_is_refused_with_the_servers_reason(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    with pytest.raises(ApiRefused) as refused:
        admin.post(f"/api/v1/namespaces/{name}/configmaps", config_map(name, "Not A Name"))
    assert (refused.value.status, refused.value.reason) == (422, "Invalid")


def test_a_kind_that_is_not_served_is_named(admin: KubeApi) -> None:
    with pytest.raises(ApiNotFound, match="does not serve Ship in v1"):
        admin.apply({"apiVersion": "v1", "kind": "Ship", "metadata": {"name": "kogge"}}, field_manager="kogge")


@pytest.mark.parametrize("kind", [*LISTED, *NOT_LISTED], ids=lambda kind: kind.kind)
def test_the_table_of_kinds_says_of_a_kind_what_the_server_says(admin: KubeApi, kind: Kind) -> None:
    resources = items_at(admin.get(api_path(kind.api_version)), "resources")
    (found,) = [entry for entry in resources if entry["kind"] == kind.kind and "/" not in str(entry["name"])]
    assert (found["name"], found["namespaced"]) == (kind.plural, kind.namespaced)


def test_patch_and_delete_act_on_one_object(admin: KubeApi, namespace: Namespace) -> None:
    name = namespace()
    path = f"/api/v1/namespaces/{name}/configmaps/c"
    admin.apply(config_map(name, "c", a="1"), field_manager="kogge")
    assert at(admin.patch(path, {"data": {"a": None, "b": "2"}}), "data") == {"b": "2"}
    admin.delete(path)
    with pytest.raises(ApiNotFound):
        admin.delete(path)


def test_a_secret_that_is_refused_is_not_repeated_in_the_error_or_a_log(
    admin: KubeApi, namespace: Namespace, caplog: pytest.LogCaptureFixture
) -> None:
    name = namespace()
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "Not A Name"}, "stringData": {"k": "hidden!"}}
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiRefused) as refused:
        admin.post(f"/api/v1/namespaces/{name}/secrets", secret)
    assert "hidden!" not in refused.value.message + caplog.text


def test_a_cluster_that_does_not_run_is_unreachable(sandbox: State, tmp_path: Path) -> None:
    config = yaml.safe_load(sandbox.kubeconfig("admin").read_text(encoding="utf-8"))
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.raises(ApiUnreachable, match="nothing listens there") as unreachable:
        KubeApi.from_kubeconfig(tmp_path / "c.yaml").get("/version")
    assert unreachable.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no kubeconfig at"),
        ("a: [", "cannot read the kubeconfig"),
        ("kind: Config", "names no https:// server"),
    ],
)
def test_an_unusable_kubeconfig_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "c.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(KubeconfigError, match=said):
        KubeApi.from_kubeconfig(path)
