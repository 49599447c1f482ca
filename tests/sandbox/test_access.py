"""Who may do what in a space, asked of the real authorizer: the partner's people, strangers, and Kogge's own."""

from __future__ import annotations

import json

import pytest

from kogge.clusters.api import KubeApi
from sandbox.controlplane.state import State
from tests.support.estate_root import EstateRoot
from tests.support.person import Person
from tests.support.provisioner_rights import IN_A_SPACE, IN_THE_CLUSTER

OWN = "moelln--terminvergabe"
OTHERS = "rostock--terminvergabe"
READ = {"get", "list", "watch"}

LOOK = {
    "/configmaps",
    "/events",
    "/limitranges",
    "/persistentvolumeclaims",
    "/pods",
    "/resourcequotas",
    "/serviceaccounts",
    "/services",
    "apps/deployments",
    "apps/replicasets",
    "discovery.k8s.io/endpointslices",
    "networking.k8s.io/ingresses",
    "networking.k8s.io/networkpolicies",
    "policy/poddisruptionbudgets",
    "rbac.authorization.k8s.io/rolebindings",
}


@pytest.fixture(scope="module")
def operator(estate: EstateRoot, sandbox: State) -> Person:
    return Person(sandbox.kubeconfig("admin"), "anna", ("oidc:moelln-it", "system:authenticated"))


@pytest.fixture(scope="module")
def viewer(estate: EstateRoot, sandbox: State) -> Person:
    return Person(sandbox.kubeconfig("admin"), "bert", ("oidc:moelln-verwaltung", "system:authenticated"))


@pytest.fixture(scope="module")
def nobody(estate: EstateRoot, sandbox: State) -> Person:
    """Somebody whom the cluster knows and nobody gave a right."""
    return Person(sandbox.kubeconfig("admin"), "carl", ("oidc:elsewhere", "system:authenticated"))


@pytest.fixture(scope="module")
def provisioner(estate: EstateRoot, sandbox: State) -> Person:
    return Person(sandbox.kubeconfig("provisioner"))


@pytest.fixture(scope="module")
def nightly(estate: EstateRoot, sandbox: State) -> Person:
    return Person(sandbox.kubeconfig("nightly"))


@pytest.fixture
def pod(estate: EstateRoot, admin: KubeApi) -> str:
    """The name of a pod of the partner's own space."""
    name: str = admin.list_all(f"/api/v1/namespaces/{OWN}/pods")[0]["metadata"]["name"]
    return name


def beyond(person: Person, nobody: Person, space: str) -> dict[str, set[str]]:
    """Return what a person may do in a space that nobody in particular may not."""
    everybody = nobody.rules(space)
    more = {name: verbs - everybody.get(name, set()) for name, verbs in person.rules(space).items()}
    return {name: verbs for name, verbs in more.items() if verbs}


def test_a_viewer_looks_and_does_nothing_else(viewer: Person, nobody: Person) -> None:
    assert beyond(viewer, nobody, OWN) == dict.fromkeys(LOOK, READ)


def test_an_operator_also_reads_logs_deletes_and_evicts_pods_and_scales(operator: Person, nobody: Person) -> None:
    assert beyond(operator, nobody, OWN) == {
        **dict.fromkeys(LOOK, READ),
        "/pods": {*READ, "delete"},
        "/pods/log": {"get"},
        "/pods/eviction": {"create"},
        "apps/deployments/scale": {"get", "patch", "update"},
    }


@pytest.mark.parametrize("space", [OTHERS, "luebeck--terminvergabe", "kube-system", "default"])
def test_in_every_other_namespace_they_are_nobody(operator: Person, viewer: Person, nobody: Person, space: str) -> None:
    assert beyond(operator, nobody, space) == {}
    assert beyond(viewer, nobody, space) == {}


def test_staff_of_an_operating_body_acts_in_the_spaces_it_operates_and_not_in_its_employers(
    sandbox: State, nobody: Person, estate: EstateRoot
) -> None:
    staff = Person(sandbox.kubeconfig("admin"), "dora", ("oidc:it-allianz-nord-betrieb", "system:authenticated"))
    assert "apps/deployments/scale" in beyond(staff, nobody, "segeberg--onlineformulare")
    assert beyond(staff, nobody, "it-allianz-nord--digitaler-zwilling") == {}


def test_an_operator_scales_within_the_catalogues_bounds_and_not_beyond(operator: Person) -> None:
    scale = ("scale", "deployment/terminvergabe", "-n", OWN)
    operator.is_let(*scale, "--replicas=4")
    assert "more replicas than the catalogue allows" in operator.is_refused(*scale, "--replicas=5")
    assert "fewer replicas than the catalogue allows" in operator.is_refused(*scale, "--replicas=0")


def test_an_operator_deletes_and_evicts_a_pod(operator: Person, viewer: Person, pod: str) -> None:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": OWN}}
    path = f"/api/v1/namespaces/{OWN}/pods/{pod}/eviction?dryRun=All"
    operator.is_let("delete", "pod", pod, "-n", OWN)
    operator.is_let("create", "--raw", path, "-f", "-", body=eviction)
    assert 'cannot delete resource "pods"' in viewer.is_refused("delete", "pod", pod, "-n", OWN)
    assert 'cannot create resource "pods/eviction"' in viewer.is_refused(
        "create", "--raw", path, "-f", "-", body=eviction
    )


def test_an_operator_writes_neither_a_pod_template_nor_what_isolates(operator: Person) -> None:
    image = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "evil.example/x:1"}]}}}}
    for what, change in (
        ("deployment/terminvergabe", image),
        ("networkpolicy/default-deny", {"spec": {"ingress": [{}]}}),
        ("rolebinding/operators", {"subjects": []}),
        ("resourcequota/space", {"spec": {"hard": {"pods": "100"}}}),
        ("ingress/terminvergabe", {"metadata": {"annotations": {"a": "b"}}}),
        ("configmap/settings", {"data": {"DATABASE_HOST": "192.0.2.1"}}),
        ("service/terminvergabe", {"spec": {"selector": {}}}),
    ):
        refusal = operator.is_refused("patch", what, "-n", OWN, "--type=merge", "-p", json.dumps(change))
        assert "cannot patch resource" in refusal


def test_an_operator_reads_no_secret_and_enters_no_pod(operator: Person, pod: str) -> None:
    assert 'cannot get resource "secrets"' in operator.is_refused("get", "secret", "secrets", "-n", OWN)
    assert 'cannot list resource "secrets"' in operator.is_refused("get", "secrets", "-n", OWN)
    for way in ("exec", "attach", "portforward"):
        refusal = operator.is_refused(
            "create", "--raw", f"/api/v1/namespaces/{OWN}/pods/{pod}/{way}", "-f", "-", body={}
        )
        assert f'cannot create resource "pods/{way}"' in refusal


def test_in_another_partners_space_an_operator_does_not_even_look(operator: Person) -> None:
    for what in ("pods", "configmaps", "deployments", "networkpolicies"):
        assert "cannot list resource" in operator.is_refused("get", what, "-n", OTHERS)
    assert "cannot list resource" in operator.is_refused("get", "pods", "--all-namespaces")
    assert "cannot list resource" in operator.is_refused("get", "namespaces")


def test_the_nightly_identity_reads_everywhere_and_writes_nowhere(nightly: Person, nobody: Person) -> None:
    for space in (OWN, "kube-system"):
        found = beyond(nightly, nobody, space)
        assert {frozenset(verbs) for verbs in found.values()} == {frozenset(READ)}
        assert {"/secrets", "networking.k8s.io/networkpolicies", "rbac.authorization.k8s.io/roles"} <= set(found)
        assert not [name for name in found if "*" in name]
    assert "cannot delete resource" in nightly.is_refused("delete", "configmap", "settings", "-n", OWN)
    assert "cannot impersonate" in Person(nightly.kubeconfig, "anna").is_refused("get", "pods", "-n", OWN)


def test_the_provisioner_has_the_rights_of_the_table_in_a_space_and_next_to_none_elsewhere(
    provisioner: Person, nobody: Person
) -> None:
    both = {name: IN_THE_CLUSTER.get(name, set()) | IN_A_SPACE.get(name, set()) for name in IN_THE_CLUSTER | IN_A_SPACE}
    assert beyond(provisioner, nobody, OWN) == both
    for elsewhere in ("kube-system", "default", "kogge-platform"):
        assert beyond(provisioner, nobody, elsewhere) == IN_THE_CLUSTER


def test_the_provisioner_reads_no_secret_outside_of_spaces(provisioner: Person) -> None:
    provisioner.is_let("get", "secrets", "-n", OWN)
    for where in (("--all-namespaces",), ("-n", "kube-system"), ("-n", "kogge-platform")):
        assert 'cannot list resource "secrets"' in provisioner.is_refused("get", "secrets", *where)


def test_the_provisioner_binds_nobody_elsewhere_and_no_stranger_in_a_space(provisioner: Person) -> None:
    space = ("create", "rolebinding", "probe", "--clusterrole=kogge-provisioner-space")
    assert "the provisioner writes in spaces alone" in provisioner.is_refused(
        *space, "--group=kogge:provisioners", "-n", "kube-system"
    )
    words = "the provisioner binds groups of the partners to the partners' roles, and itself to its own"
    for role, subject in (
        ("kogge-provisioner-space", "--group=oidc:moelln-it"),
        ("kogge-tenant-operator", "--group=system:authenticated"),
        ("kogge-tenant-operator", "--group=kogge:auditors"),
        ("kogge-tenant-viewer", "--user=eve"),
        ("kogge-tenant-viewer", f"--serviceaccount={OTHERS}:app"),
    ):
        refusal = provisioner.is_refused("create", "rolebinding", "probe", f"--clusterrole={role}", subject, "-n", OWN)
        assert words in refusal


def test_where_defaults_are_learned_nothing_is_ever_stored(provisioner: Person) -> None:
    probe = ("create", "configmap", "probe", "-n", "platform--probe")
    provisioner.is_let(*probe)
    stored = provisioner.kubectl(*probe)
    assert "nothing but dry runs is let in here" in stored.stderr or "are not the provisioner's" in stored.stderr
    for change in (
        ("label", "namespace", "platform--probe", "colour=blue"),
        ("delete", "namespace", "platform--probe"),
    ):
        assert "the platform's own namespaces are not the provisioner's" in provisioner.is_refused(*change)


def test_the_provisioner_gives_no_right_it_was_not_given_to_give(provisioner: Person) -> None:
    bind = ("create", "rolebinding", "probe", "-n", OWN, "--group=oidc:moelln-it")
    provisioner.is_let(*bind, "--clusterrole=kogge-tenant-viewer")
    for role in ("cluster-admin", "admin", "kogge-nightly"):
        assert "attempting to grant RBAC permissions not currently held" in provisioner.is_refused(
            *bind, f"--clusterrole={role}"
        )
    assert 'cannot create resource "clusterrolebindings"' in provisioner.is_refused(
        "create", "clusterrolebinding", "probe", "--clusterrole=view", "--user=eve"
    )
    assert "cannot impersonate" in Person(provisioner.kubeconfig, "anna").is_refused("get", "pods", "-n", OWN)


def test_the_provisioner_changes_no_policy_of_the_cluster(provisioner: Person) -> None:
    for what in (
        "validatingadmissionpolicy/kogge-images",
        "validatingadmissionpolicybinding/kogge-images",
        "clusterrole/kogge-provisioner",
        "priorityclass/kogge-member",
    ):
        refusal = provisioner.is_refused("patch", what, "--type=merge", "-p", json.dumps({"metadata": {"labels": {}}}))
        assert "cannot patch resource" in refusal or "cannot get resource" in refusal
