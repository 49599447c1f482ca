"""How a desired object becomes a resource: its type, its name, and what is set once and left alone."""

from __future__ import annotations

import copy

import pulumi
import pytest

from kogge.desired import platform_objects, tenant_objects
from modules.registration import _cut, _patience, _wrapped, type_token
from tests.support.estate_files import EstateFiles


@pytest.mark.parametrize(
    ("api_version", "kind", "token"),
    [
        ("v1", "Secret", "kubernetes:core/v1:Secret"),
        ("apps/v1", "Deployment", "kubernetes:apps/v1:Deployment"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
    ],
)
def test_the_type_is_the_one_of_the_generated_sdk(api_version: str, kind: str, token: str) -> None:
    assert type_token(api_version, kind) == token


def test_a_resource_is_named_after_its_namespace_and_name(files: EstateFiles) -> None:
    estate = files.load()
    names = {item.ref.kind: item.resource_name for item in tenant_objects(estate, estate.tenant("moelln"))}
    assert names["Namespace"] == "moelln--terminvergabe"
    assert names["ResourceQuota"] == "moelln--terminvergabe/space"


def test_the_platforms_objects_of_two_clusters_are_two_resources(files: EstateFiles) -> None:
    with files.edit("platform.yaml") as platform:
        second = copy.deepcopy(platform["clusters"]["hl1"])
        second["network"] = {
            "enforcement": "simulated",
            "pods": ["10.245.0.0/16"],
            "services": ["10.97.0.0/16"],
            "nodes": ["10.241.0.0/24"],
        }
        platform["clusters"]["hl2"] = second
    items = platform_objects(files.load())
    names = [(type_token(item.ref.api_version, item.ref.kind), item.resource_name) for item in items]
    assert {item.cluster for item in items} == {"hl1", "hl2"}
    assert len(set(names)) == len(names)


def test_what_is_delegated_is_taken_out_and_kept_as_a_tree() -> None:
    manifest = {"spec": {"replicas": 2, "strategy": {"a": 1, "b": 2}}, "kind": "Deployment"}
    assert _cut(manifest, ("/spec/replicas", "/spec/strategy/a")) == {"spec": {"replicas": 2, "strategy": {"a": 1}}}
    assert manifest == {"spec": {"strategy": {"b": 2}}, "kind": "Deployment"}


def test_without_delegated_paths_nothing_is_taken_out() -> None:
    manifest = {"spec": {"replicas": 2}}
    assert _cut(manifest, ()) == {}
    assert manifest == {"spec": {"replicas": 2}}


def test_the_data_of_a_secret_is_wrapped_and_nothing_else_is() -> None:
    secret = _wrapped({"kind": "Secret", "type": "Opaque", "data": {"a": "b"}})
    assert isinstance(secret["data"], pulumi.Output)
    assert secret["type"] == "Opaque"
    assert _wrapped({"kind": "ConfigMap", "data": {"a": "b"}}) == {"kind": "ConfigMap", "data": {"a": "b"}}


def test_a_rollout_is_waited_for_as_long_as_its_deployment_does(files: EstateFiles) -> None:
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["ready_seconds"] = 600
    estate = files.load()
    patience = {item.ref.kind: _patience(item) for item in tenant_objects(estate, estate.tenant("moelln"))}
    assert (patience["Deployment"].create, patience["Deployment"].update) == ("620s", "620s")
    assert patience["Namespace"].create == "180s"
