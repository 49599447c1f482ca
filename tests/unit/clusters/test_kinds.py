"""What is listed, what is declared and what the nightly identity may list fit together."""

from __future__ import annotations

import pytest

from kogge.clusters.kinds import BY_KIND, LISTED, NOT_LISTED, kind_of
from kogge.desired import platform_objects, tenant_objects
from tests.support.seed_estate import seed_estate

ESTATE = seed_estate()


def test_every_declared_kind_is_listed() -> None:
    items = [*platform_objects(ESTATE), *(i for t in ESTATE.tenants.values() for i in tenant_objects(ESTATE, t))]
    assert {(item.ref.api_version, item.ref.kind) for item in items} <= BY_KIND.keys()


def test_the_nightly_identity_may_list_every_kind_and_only_read() -> None:
    (role,) = [
        item.manifest
        for item in platform_objects(ESTATE)
        if item.ref.name == "kogge-nightly" and item.ref.kind == "ClusterRole"
    ]
    allowed = {
        (group, resource) for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"]
    }
    assert {(listed.api_version.rpartition("/")[0], listed.plural) for listed in LISTED} <= allowed
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_a_name_means_one_kind() -> None:
    names = [entry.kind for entry in (*LISTED, *NOT_LISTED)]
    assert len(names) == len(set(names))
    assert [kind_of(name).kind for name in names] == names


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Pod", "/api/v1/namespaces/a/pods/b"),
        ("Deployment", "/apis/apps/v1/namespaces/a/deployments/b"),
        ("Node", "/api/v1/nodes/b"),
        ("ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles/b"),
    ],
)
def test_an_object_has_one_path(name: str, path: str) -> None:
    assert kind_of(name).object_path("a", "b") == path


@pytest.mark.parametrize(
    ("name", "last"),
    [("system:node", "system:node"), ("a?b", "a%3Fb"), ("a#b", "a%23b"), ("a\n\x1b ", "a%0A%1B%20"), ("ä", "%C3%A4")],
)
def test_a_name_is_one_part_of_the_path_whatever_it_holds(name: str, last: str) -> None:
    path = kind_of("RoleBinding").object_path("a", name)
    assert path == f"/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings/{last}"
