"""Who may look and act: the groups of the tenant's file alone, and identities with no more than they need."""

from __future__ import annotations

from typing import Any

import pytest

from kogge.desired import space_objects
from kogge.desired.kubernetes.access import role_bindings
from kogge.desired.kubernetes.roles import priority_classes, roles
from tests.support.estate_files import EstateFiles, named, space_of
from tests.support.provisioner_rights import IN_A_SPACE, IN_THE_CLUSTER

RBAC = "rbac.authorization.k8s.io"
READ = {"get", "list", "watch"}


def rights(role: str) -> dict[str, set[str]]:
    """Return ``group/resource`` -> verbs of one ClusterRole."""
    found: dict[str, set[str]] = {}
    for rule in named(tuple(roles("hl1")), "ClusterRole")[role]["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault(f"{group}/{resource}", set()).update(rule["verbs"])
    return found


def test_operators_and_viewers_are_bound_to_the_two_shared_roles(files: EstateFiles) -> None:
    bindings = named(tuple(role_bindings(space_of(files.load(), "moelln", "terminvergabe"))), "RoleBinding")
    assert {name: (item["roleRef"], item["subjects"]) for name, item in bindings.items()} == {
        "operators": (
            {"apiGroup": RBAC, "kind": "ClusterRole", "name": "kogge-tenant-operator"},
            [{"apiGroup": RBAC, "kind": "Group", "name": "oidc:moelln-it"}],
        ),
        "viewers": (
            {"apiGroup": RBAC, "kind": "ClusterRole", "name": "kogge-tenant-viewer"},
            [{"apiGroup": RBAC, "kind": "Group", "name": "oidc:moelln-verwaltung"}],
        ),
    }


def test_a_role_that_no_group_has_is_not_bound(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["access"]["viewers"] = []
    bindings = named(tuple(role_bindings(space_of(files.load(), "moelln", "terminvergabe"))), "RoleBinding")
    assert set(bindings) == {"operators"}


def test_every_group_of_a_role_is_a_subject(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["access"]["operators"].append("oidc:moelln-nacht")
    bindings = named(tuple(role_bindings(space_of(files.load(), "moelln", "terminvergabe"))), "RoleBinding")
    assert [s["name"] for s in bindings["operators"]["subjects"]] == ["oidc:moelln-it", "oidc:moelln-nacht"]


def test_a_viewer_only_reads_and_reads_no_secret_and_no_log() -> None:
    found = rights("kogge-tenant-viewer")
    assert all(verbs == READ for verbs in found.values())
    assert not {"/secrets", "/pods/log", "/pods/exec"} & set(found)


def test_an_operator_does_four_things_more_than_a_viewer() -> None:
    operator, viewer = rights("kogge-tenant-operator"), rights("kogge-tenant-viewer")
    more = {name: verbs - viewer.get(name, set()) for name, verbs in operator.items()}
    assert {name: verbs for name, verbs in more.items() if verbs} == {
        "/pods": {"delete"},
        "/pods/log": {"get"},
        "/pods/eviction": {"create"},
        "apps/deployments/scale": {"get", "patch", "update"},
    }


@pytest.mark.parametrize(
    "role",
    [
        "kogge-tenant-operator",
        "kogge-tenant-viewer",
        "kogge-provisioner",
        "kogge-provisioner-space",
        "kogge-nightly",
    ],
)
def test_no_role_has_a_wildcard_or_a_way_to_more_rights(role: str) -> None:
    found = rights(role)
    assert not [name for name, verbs in found.items() if "*" in name or "*" in verbs or "escalate" in verbs]
    assert not {"/serviceaccounts/token", "/pods/exec", "/pods/attach", "/pods/portforward"} & set(found)
    assert not [name for name, verbs in found.items() if "impersonate" in verbs]


def test_the_provisioner_has_exactly_the_rights_of_the_table() -> None:
    assert rights("kogge-provisioner") == IN_THE_CLUSTER
    assert rights("kogge-provisioner-space") == IN_A_SPACE


def test_the_provisioner_binds_itself_and_the_two_tenant_roles_alone() -> None:
    rules = named(tuple(roles("hl1")), "ClusterRole")["kogge-provisioner"]["rules"]
    binding = [rule for rule in rules if "bind" in rule["verbs"]]
    assert [rule["resourceNames"] for rule in binding] == [
        ["kogge-tenant-operator", "kogge-provisioner-space", "kogge-tenant-viewer"]
    ]


def test_the_provisioner_is_bound_in_each_space_right_after_its_namespace(files: EstateFiles) -> None:
    items = space_objects(space_of(files.load(), "moelln", "terminvergabe"))
    assert [item.ref.kind for item in items[:2]] == ["Namespace", "RoleBinding"]
    binding = items[1].manifest
    assert (binding["metadata"]["name"], binding["roleRef"]["name"]) == ("kogge-provisioner", "kogge-provisioner-space")
    assert [subject["name"] for subject in binding["subjects"]] == ["kogge:provisioners"]


def test_the_nightly_identity_only_reads() -> None:
    assert {frozenset(verbs) for verbs in rights("kogge-nightly").values()} == {frozenset(READ)}


def test_the_two_identities_are_bound_to_their_own_groups() -> None:
    bindings = named(tuple(roles("hl1")), "ClusterRoleBinding")
    assert {n: (b["roleRef"]["name"], [s["name"] for s in b["subjects"]]) for n, b in bindings.items()} == {
        "kogge-provisioner": ("kogge-provisioner", ["kogge:provisioners"]),
        "kogge-nightly": ("kogge-nightly", ["kogge:auditors"]),
    }


def test_members_go_before_pilots_and_neither_is_the_default_nor_evicts() -> None:
    classes: dict[str, Any] = named(tuple(priority_classes("hl1")), "PriorityClass")
    assert classes["kogge-member"]["value"] > classes["kogge-pilot"]["value"] > 0
    assert {(c["globalDefault"], c["preemptionPolicy"]) for c in classes.values()} == {(False, "Never")}
