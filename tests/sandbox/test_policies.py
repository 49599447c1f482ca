"""Each admission policy refuses what it is there for, whoever asks, and lets through what it should.

The stranger may do everything by RBAC, so that what refuses is the policy alone. All writes are dry runs: they pass
admission and store nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kogge.clusters.api import KubeApi
from sandbox.controlplane.state import State
from tests.support.estate_root import EstateRoot
from tests.support.person import Person
from tests.support.space_namespace import space_namespace
from tests.support.suspended_policy import suspended, when_let

SPACE = "moelln--terminvergabe"
HOSTNAME = "termine.moelln.kommune.example"
DIGEST = "sha256:" + "0123456789abcdef" * 4
KNOWN = f"registry.kommune.example/terminvergabe@{DIGEST}"
ENFORCED = "pod-security.kubernetes.io/enforce-version"
FOREIGN = f"registry.example/terminvergabe@{DIGEST}"


@pytest.fixture(scope="module")
def stranger(estate: EstateRoot, sandbox: State, admin: KubeApi) -> Iterator[Person]:
    """Somebody with every right of RBAC who is not Kogge."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "test-strangers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "test:strangers"}],
    }
    admin.apply(binding, field_manager="test")
    yield Person(sandbox.kubeconfig("admin"), "eve", ("test:strangers",))
    admin.delete(admin.path_of(binding))


@pytest.fixture(scope="module")
def kogge(estate: EstateRoot, sandbox: State) -> Person:
    """The identity that applies the platform."""
    return Person(sandbox.kubeconfig("admin"))


@pytest.fixture(scope="module")
def provisioner(estate: EstateRoot, sandbox: State) -> Person:
    """The identity that applies tenants, by its own certificate."""
    return Person(sandbox.kubeconfig("provisioner"))


def manifest(api_version: str, kind: str, name: str, **body: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **body}


def pod(image: str = KNOWN, **more: Any) -> dict[str, Any]:
    """Return a pod that Pod Security and quota accept."""
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container("app", image)],
        **more,
    }
    return manifest("v1", "Pod", "probe", spec=spec)


def container(name: str, image: str) -> dict[str, Any]:
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {"name": name, "image": image, "securityContext": security}


def ingress(*hosts: str | None, **spec: Any) -> dict[str, Any]:
    """Return an Ingress with one rule per hostname; None: a rule without one."""
    backend = {"service": {"name": "terminvergabe", "port": {"name": "http"}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    rules = [{"http": http} if host is None else {"host": host, "http": http} for host in hosts]
    return manifest("networking.k8s.io/v1", "Ingress", "probe", spec={"rules": rules, **spec})


def create(person: Person, body: dict[str, Any], *, space: str = SPACE) -> str:
    """Return the words with which creating an object in a space is refused."""
    return person.is_refused("create", "-n", space, "-f", "-", body=body)


def patch(person: Person, what: str, body: dict[str, Any], *, space: str = SPACE) -> str:
    """Return the words with which changing an object of a space is refused."""
    return person.is_refused("patch", what, "-n", space, "--type=merge", "-p", json.dumps(body))


class TestSpaces:
    WORDS = "a space is made, labelled and deleted by Kogge alone"

    @pytest.mark.parametrize(
        "label", ["kogge.internal/tenant-", "kogge.internal/tenant=rostock", "pod-security.kubernetes.io/enforce-"]
    )
    def test_a_space_keeps_the_labels_that_bind_the_policies_to_it(self, stranger: Person, label: str) -> None:
        refusal = stranger.is_refused("label", "namespace", SPACE, label, "--overwrite")
        assert any(words in refusal for words in (self.WORDS, TestSpaceLabels.WHOSE, TestSpaceLabels.SECURITY))

    def test_nobody_labels_a_space_otherwise(self, stranger: Person) -> None:
        assert self.WORDS in stranger.is_refused("label", "namespace", SPACE, "colour=blue")

    def test_a_space_is_not_deleted(self, stranger: Person) -> None:
        assert self.WORDS in stranger.is_refused("delete", "namespace", SPACE)

    def test_nobody_makes_a_namespace_that_is_named_like_a_space(self, stranger: Person) -> None:
        assert self.WORDS in stranger.is_refused("create", "-f", "-", body=space_namespace("fremd--dienst"))

    def test_other_namespaces_are_everybodys_who_has_the_right(self, stranger: Person) -> None:
        stranger.is_let("create", "namespace", "fremd")
        stranger.is_let("label", "namespace", "default", "colour=blue")

    def test_kogge_labels_its_spaces(self, kogge: Person, provisioner: Person) -> None:
        for person in (kogge, provisioner):
            person.is_let("label", "namespace", SPACE, "colour=blue")


class TestSpaceLabels:
    """What a space is follows from its name, whoever writes it."""

    WHOSE = "the labels of a space say its tenant and service, as its name does, and that Kogge has it"
    SECURITY = "a space is held to Pod Security restricted"
    ELSEWHERE = "only a namespace with the name of a space bears a tenant's label"

    @pytest.fixture(params=["kogge", "provisioner"])
    def writer(self, request: pytest.FixtureRequest) -> Person:
        person: Person = request.getfixturevalue(request.param)
        return person

    def made(self, person: Person, name: str, **labels: str | None) -> str:
        body = space_namespace(name)
        for key, value in labels.items():
            label = {"tenant": "kogge.internal/tenant", "service": "kogge.internal/service"}.get(key)
            label = label or {"owner": "app.kubernetes.io/managed-by"}.get(key)
            label = label or f"pod-security.kubernetes.io/{key.replace('_', '-')}"
            body["metadata"]["labels"].pop(label, None)
            body["metadata"]["labels"] |= {} if value is None else {label: value}
        return person.is_refused("create", "-f", "-", body=body)

    def test_a_space_is_made_as_its_name_says(self, writer: Person) -> None:
        writer.is_let("create", "-f", "-", body=space_namespace("fremd--dienst"))

    def test_a_bare_namespace_that_is_named_like_a_space_is_refused(self, writer: Person) -> None:
        refusal = writer.is_refused("create", "namespace", "x--y")
        assert self.WHOSE in refusal or self.SECURITY in refusal

    @pytest.mark.parametrize(
        "labels", [{"tenant": "moelln"}, {"tenant": None}, {"service": "andere"}, {"service": None}, {"owner": "helm"}]
    )
    def test_a_space_is_labelled_as_nobody_elses(self, writer: Person, labels: dict[str, str | None]) -> None:
        assert self.WHOSE in self.made(writer, "fremd--dienst", **labels)

    @pytest.mark.parametrize(
        "labels",
        [
            {"enforce": "privileged"},
            {"enforce": "baseline"},
            {"enforce": None},
            {"audit": None},
            {"warn": "baseline"},
            {"enforce_version": "latest"},
            {"enforce_version": "v1.20"},
            {"exempt": "true"},
        ],
    )
    def test_a_space_is_held_to_the_pinned_pod_security(self, writer: Person, labels: dict[str, str | None]) -> None:
        assert self.SECURITY in self.made(writer, "fremd--dienst", **labels)

    @pytest.mark.parametrize("path", [(), ("--subresource=status",)])
    def test_an_existing_space_is_not_weakened(self, kogge: Person, path: tuple[str, ...]) -> None:
        weaker = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
        refusal = kogge.is_refused("patch", "namespace", SPACE, *path, "--type=merge", "-p", json.dumps(weaker))
        assert self.SECURITY in refusal
        lost = {"metadata": {"labels": {"kogge.internal/tenant": None}}}
        assert self.WHOSE in kogge.is_refused(
            "patch", "namespace", SPACE, *path, "--type=merge", "-p", json.dumps(lost)
        )

    @pytest.mark.parametrize("name", ["plain", "a--b--c", "1a--b", "a---b"])
    def test_no_other_namespace_bears_a_tenants_label(self, kogge: Person, name: str) -> None:
        body = manifest("v1", "Namespace", name)
        body["metadata"]["labels"] = {"kogge.internal/tenant": name.split("--")[0]}
        assert self.ELSEWHERE in kogge.is_refused("create", "-f", "-", body=body)
        assert self.ELSEWHERE in kogge.is_refused("label", "namespace", "default", "kogge.internal/tenant=moelln")

    def test_what_touches_none_of_these_labels_passes_while_a_new_version_is_rolled_out(
        self, kogge: Person, admin: KubeApi, space: str
    ) -> None:
        older = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce-version": "v1.36"}}}
        with suspended(admin, "kogge-space-labels"):
            when_let(lambda: admin.patch(f"/api/v1/namespaces/{space}", older))
        version = ("label", "namespace", space, "--overwrite")
        while self.SECURITY not in kogge.kubectl(*version, f"{ENFORCED}=v1.35", "--dry-run=server").stderr:
            time.sleep(0.1)
        kogge.is_let("label", "namespace", space, "colour=blue")
        kogge.is_let(*version, f"{ENFORCED}=v1.37")

    def test_a_space_that_is_deleted_goes(self, admin: KubeApi) -> None:
        name = "fluechtig--dienst"
        admin.post("/api/v1/namespaces", space_namespace(name))
        admin.delete(f"/api/v1/namespaces/{name}")
        deadline = time.monotonic() + 60
        while admin.list_all("/api/v1/namespaces", field_selector=f"metadata.name={name}"):
            assert time.monotonic() < deadline
            time.sleep(0.2)


class TestIsolation:
    WORDS = "what isolates a space is written by Kogge alone"
    EVERYTHING = manifest("networking.k8s.io/v1", "NetworkPolicy", "open", spec={"podSelector": {}, "ingress": [{}]})

    @pytest.mark.parametrize(
        "what",
        [
            "networkpolicy/default-deny",
            "rolebinding/operators",
            "resourcequota/space",
            "limitrange/space",
        ],
    )
    def test_what_isolates_is_neither_changed_nor_deleted(self, stranger: Person, what: str) -> None:
        assert self.WORDS in patch(stranger, what, {"metadata": {"labels": {"colour": "blue"}}})
        assert self.WORDS in stranger.is_refused("delete", what, "-n", SPACE)

    def test_a_policy_that_opens_everything_is_not_added(self, stranger: Person) -> None:
        assert self.WORDS in create(stranger, self.EVERYTHING)

    def test_nobody_gives_rights_in_a_space(self, stranger: Person) -> None:
        role = manifest("rbac.authorization.k8s.io/v1", "Role", "r", rules=[])
        assert self.WORDS in create(stranger, role)
        assert self.WORDS in stranger.is_refused(
            "create", "rolebinding", "b", "--clusterrole=view", "--user=eve", "-n", SPACE
        )

    def test_not_even_all_at_once(self, stranger: Person) -> None:
        path = f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/networkpolicies?dryRun=All"
        assert self.WORDS in stranger.is_refused("delete", "--raw", path)

    def test_a_member_of_the_partner_is_refused_too(self, stranger: Person) -> None:
        operator = Person(stranger.kubeconfig, "anna", ("oidc:moelln-it", "test:strangers"))
        assert self.WORDS in operator.is_refused("delete", "networkpolicy/default-deny", "-n", SPACE)

    def test_kogge_and_the_clusters_own_controllers_write_it(self, stranger: Person, provisioner: Person) -> None:
        provisioner.is_let("label", "networkpolicy/default-deny", "-n", SPACE, "colour=blue")
        controller = "system:serviceaccount:kube-system:namespace-controller"
        path = f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/networkpolicies?dryRun=All"
        Person(stranger.kubeconfig, controller, stranger.groups).is_let("delete", "--raw", path)

    def test_an_account_of_another_namespace_is_no_controller(self, stranger: Person) -> None:
        account = Person(
            stranger.kubeconfig, "system:serviceaccount:kube-systems:namespace-controller", stranger.groups
        )
        assert self.WORDS in account.is_refused("delete", "networkpolicy/default-deny", "-n", SPACE)

    def test_outside_of_spaces_policies_are_everybodys_who_has_the_right(self, stranger: Person) -> None:
        stranger.is_let("create", "-n", "default", "-f", "-", body=self.EVERYTHING)


class TestParameters:
    """By what admission judges the spaces lies where those who are judged cannot write."""

    WORDS = "what judges the spaces is written by the platform's identity alone"
    UNKNOWN = "the platform states nothing for this space"
    PLACE = "kogge-platform"

    @pytest.mark.parametrize("name", ["kogge-hostnames", "kogge-replicas", "kogge-registries"])
    @pytest.mark.parametrize("who", ["stranger", "provisioner"])
    def test_they_are_neither_changed_nor_deleted(self, request: pytest.FixtureRequest, who: str, name: str) -> None:
        person: Person = request.getfixturevalue(who)
        for refusal in (
            patch(person, f"configmap/{name}", {"data": {SPACE: "evil.example"}}, space=self.PLACE),
            person.is_refused("delete", "configmap", name, "-n", self.PLACE),
        ):
            assert any(words in refusal for words in (self.WORDS, "cannot get resource", "cannot delete resource"))

    def test_nothing_else_is_put_beside_them(self, stranger: Person) -> None:
        assert self.WORDS in stranger.is_refused("create", "configmap", "notes", "-n", self.PLACE)
        assert self.WORDS in stranger.is_refused("delete", "namespace", self.PLACE)
        path = f"/api/v1/namespaces/{self.PLACE}/configmaps?dryRun=All"
        assert self.WORDS in stranger.is_refused("delete", "--raw", path)

    def test_the_platform_writes_them(self, kogge: Person) -> None:
        kogge.is_let("label", "configmap", "kogge-hostnames", "-n", self.PLACE, "colour=blue")

    def test_a_space_that_no_file_has_admits_nothing(self, stranger: Person, kogge: Person, space: str) -> None:
        for person in (stranger, kogge):
            assert self.UNKNOWN in create(person, pod(), space=space)
            assert self.UNKNOWN in create(person, ingress(HOSTNAME), space=space)

    def test_a_map_in_a_space_states_nothing(self, stranger: Person, admin: KubeApi, space: str) -> None:
        for name in ("kogge-parameters", "kogge-registries"):
            forged = manifest(
                "v1", "ConfigMap", name, data={"registries": "registry.example", space: "registry.example"}
            )
            admin.post(f"/api/v1/namespaces/{space}/configmaps", forged)
        assert self.UNKNOWN in create(stranger, pod(FOREIGN), space=space)


class TestImages:
    WORDS = "images come by digest, from the registries of the platform"

    def test_a_pod_with_a_known_image_by_digest_is_admitted(self, stranger: Person) -> None:
        volume = {"name": "data", "image": {"reference": KNOWN}}
        body = pod(initContainers=[container("first", KNOWN)], volumes=[volume, {"name": "tmp", "emptyDir": {}}])
        stranger.is_let("create", "-n", SPACE, "-f", "-", body=body)

    @pytest.mark.parametrize(
        "image",
        [
            "registry.kommune.example/terminvergabe:2.4",
            f"{KNOWN}x",
            f"registry.kommune.example/terminvergabe@sha256:{'0' * 63}",
            FOREIGN,
            f"registry.kommune.example.evil.example/terminvergabe@{DIGEST}",
            f"evil.example/registry.kommune.example/terminvergabe@{DIGEST}",
        ],
    )
    def test_another_image_is_refused(self, stranger: Person, image: str) -> None:
        assert self.WORDS in create(stranger, pod(image))

    def test_a_first_container_or_a_volume_brings_no_other_image(self, stranger: Person) -> None:
        assert self.WORDS in create(stranger, pod(initContainers=[container("first", FOREIGN)]))
        assert self.WORDS in create(stranger, pod(volumes=[{"name": "data", "image": {"reference": FOREIGN}}]))
        second = pod()
        second["spec"]["containers"].append(container("second", FOREIGN))
        assert self.WORDS in create(stranger, second)

    def test_a_running_pod_is_given_no_other_image(self, stranger: Person, admin: KubeApi) -> None:
        name = admin.list_all(f"/api/v1/namespaces/{SPACE}/pods")[0]["metadata"]["name"]
        debug = {"spec": {"ephemeralContainers": [container("debug", FOREIGN)]}}
        arguments = ("patch", "pod", name, "-n", SPACE, "--subresource=ephemeralcontainers", "-p")
        assert self.WORDS in stranger.is_refused(*arguments, json.dumps(debug))
        debug["spec"]["ephemeralContainers"] = [container("debug", KNOWN)]
        stranger.is_let(*arguments, json.dumps(debug))

    def test_kogge_itself_is_no_exception(self, kogge: Person) -> None:
        assert self.WORDS in create(kogge, pod(FOREIGN))

    def test_outside_of_spaces_images_are_not_judged(self, stranger: Person) -> None:
        stranger.is_let("create", "-n", "default", "-f", "-", body=pod(FOREIGN))


class TestReplicas:
    FEWER = "fewer replicas than the catalogue allows"
    MORE = "more replicas than the catalogue allows"
    SCALE = ("scale", "deployment/terminvergabe", "-n", SPACE)

    @pytest.mark.parametrize("replicas", [1, 4])
    def test_within_the_catalogues_bounds_anybody_with_the_right_scales(self, stranger: Person, replicas: int) -> None:
        stranger.is_let(*self.SCALE, f"--replicas={replicas}")

    def test_outside_of_them_nobody_does(self, stranger: Person) -> None:
        assert self.FEWER in stranger.is_refused(*self.SCALE, "--replicas=0")
        assert self.MORE in stranger.is_refused(*self.SCALE, "--replicas=5")

    def test_the_deployment_itself_is_no_way_round(self, stranger: Person) -> None:
        assert self.FEWER in patch(stranger, "deployment/terminvergabe", {"spec": {"replicas": 0}})
        assert self.MORE in patch(stranger, "deployment/terminvergabe", {"spec": {"replicas": 5}})

    def test_kogge_goes_to_zero_and_never_beyond_the_most(self, kogge: Person) -> None:
        kogge.is_let(*self.SCALE, "--replicas=0")
        assert self.MORE in kogge.is_refused(*self.SCALE, "--replicas=5")


class TestServices:
    WORDS = "a space is entered through the ingress alone"

    @pytest.mark.parametrize(
        "spec",
        [
            {"type": "NodePort", "ports": [{"port": 80}]},
            {"type": "LoadBalancer", "ports": [{"port": 80}]},
            {"type": "ExternalName", "externalName": "elsewhere.example"},
            {"ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]},
        ],
    )
    def test_another_entrance_is_refused(self, stranger: Person, spec: dict[str, Any]) -> None:
        assert self.WORDS in create(stranger, manifest("v1", "Service", "probe", spec=spec))
        assert self.WORDS in patch(stranger, "service/terminvergabe", {"spec": spec})

    def test_a_service_inside_the_cluster_is_admitted(self, stranger: Person) -> None:
        stranger.is_let("label", "service", "terminvergabe", "-n", SPACE, "colour=blue")


class TestHostnames:
    WORDS = "an ingress answers only to the hostnames of its space"

    def test_the_spaces_own_hostname_is_admitted(self, stranger: Person) -> None:
        stranger.is_let("create", "-n", SPACE, "-f", "-", body=ingress(HOSTNAME, tls=[{"hosts": [HOSTNAME]}]))

    @pytest.mark.parametrize(
        "host", ["termine.rostock.kommune.example", "*.moelln.kommune.example", f"x.{HOSTNAME}", None]
    )
    def test_another_hostname_and_none_at_all_are_refused(self, stranger: Person, host: str | None) -> None:
        assert self.WORDS in create(stranger, ingress(host))
        assert self.WORDS in create(stranger, ingress(HOSTNAME, host))

    def test_a_default_for_all_hostnames_is_refused(self, stranger: Person) -> None:
        backend = {"service": {"name": "terminvergabe", "port": {"name": "http"}}}
        assert self.WORDS in create(stranger, ingress(HOSTNAME, defaultBackend=backend))

    def test_another_hostnames_certificate_is_refused(self, stranger: Person) -> None:
        foreign = ingress(HOSTNAME, tls=[{"hosts": ["termine.rostock.kommune.example"]}])
        assert "names certificates only for the hostnames of its space" in create(stranger, foreign)

    @pytest.mark.parametrize("setting", ["server-alias", "configuration-snippet"])
    def test_an_annotation_is_no_way_round(self, stranger: Person, setting: str) -> None:
        body = ingress(HOSTNAME)
        body["metadata"]["annotations"] = {f"nginx.ingress.kubernetes.io/{setting}": "termine.rostock.kommune.example"}
        assert "an alias would be another hostname" in create(stranger, body)

    def test_the_allowed_sources_may_be_named(self, stranger: Person) -> None:
        body = ingress(HOSTNAME)
        body["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/whitelist-source-range": "10.53.90.0/24"}
        stranger.is_let("create", "-n", SPACE, "-f", "-", body=body)


class TestProvisioner:
    WORDS = "the provisioner writes in spaces alone"

    @pytest.mark.parametrize("elsewhere", ["default", "kube-system", "ingress-nginx"])
    def test_in_other_namespaces_it_writes_nothing(self, provisioner: Person, elsewhere: str) -> None:
        assert "cannot create resource" in provisioner.is_refused("create", "configmap", "probe", "-n", elsewhere)
        assert self.WORDS in provisioner.is_refused("label", "namespace", elsewhere, "colour=blue")

    def test_it_deletes_no_other_namespace(self, provisioner: Person) -> None:
        assert self.WORDS in provisioner.is_refused("delete", "namespace", "ingress-nginx")

    def test_it_makes_spaces_and_no_other_namespace(self, provisioner: Person) -> None:
        provisioner.is_let("create", "-f", "-", body=space_namespace("ratzeburg--terminvergabe"))
        for name in ("ratzeburg", "ratzeburg-terminvergabe"):
            assert self.WORDS in provisioner.is_refused("create", "namespace", name)

    def test_it_writes_in_a_space(self, provisioner: Person) -> None:
        provisioner.is_let("create", "configmap", "probe", "-n", SPACE)

    def test_others_are_not_meant(self, stranger: Person) -> None:
        stranger.is_let("create", "configmap", "probe", "-n", "default")


def test_the_apiserver_finds_no_fault_in_any_expression(estate: EstateRoot, admin: KubeApi) -> None:
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    found = [item for item in admin.list_all(path) if item["metadata"]["name"].startswith("kogge-")]
    assert len(found) == 11
    warnings = {item["metadata"]["name"]: item.get("status", {}).get("typeChecking") for item in found}
    assert {name: text for name, text in warnings.items() if text} == {}
