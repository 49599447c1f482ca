"""A cluster of ``platform.yaml``: does it have what Kogge relies on, and is it the one that is meant."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from kogge.clusters.api import KubeApi
from kogge.clusters.condition import has_condition
from kogge.clusters.connect import check_uid, unchecked
from kogge.clusters.errors import ApiError, KubeconfigError, UidUnknownError, WrongClusterError
from kogge.clusters.identity import Identity, kubeconfig_path
from kogge.clusters.kinds import api_path, kind_of
from kogge.doctor.check import Check, Section
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import Cluster, Enforcement
from kogge.json_value import JsonObject, items_at, text_at

TIMEOUT_SECONDS = 5.0
_EDIT = "correct platform.yaml or the cluster"
_OTHERS = (Identity.PROVISIONER, Identity.NIGHTLY)


@dataclass(frozen=True, slots=True)
class Patient:
    """One cluster, and a way to ask it; that it is the one that is meant is a check of its own."""

    estate: Estate
    name: str
    api: KubeApi
    """Under the platform's identity."""

    @property
    def cluster(self) -> Cluster:
        """What ``platform.yaml`` says of it."""
        return self.estate.platform.clusters[self.name]

    def check(self, name: str, ok: bool, found: str, expected: str, next_step: str = _EDIT) -> Check:
        """Return a check of this cluster."""
        return Check(Section.CLUSTER, f"{self.name}: {name}", ok, found, expected, "" if ok else next_step)


def checks(estate: Estate, name: str) -> list[Check]:
    """Return every check of one cluster; only the first when it does not answer."""
    try:
        patient = Patient(estate, name, _asked_as(estate, name, Identity.PLATFORM))
        first = version(patient)
    except KoggeError as error:
        step = error.hint or "kogge sandbox up"
        path = kubeconfig_path(estate, name, Identity.PLATFORM)
        return [Check(Section.CLUSTER, f"{name}: apiserver", False, error.message, f"answers to {path}", step)]
    return [first, *(_guarded(patient, check) for check in CHECKS)]


def _asked_as(estate: Estate, name: str, identity: Identity) -> KubeApi:
    return unchecked(estate, name, identity, timeout=TIMEOUT_SECONDS, retry=False)


def _guarded(patient: Patient, check: Callable[[Patient], Check]) -> Check:
    """Run ``check``; what cannot be read is a finding of its own and does not stop the others."""
    try:
        return check(patient)
    except ApiError as error:
        name = check.__name__.replace("_", " ")
        return patient.check(
            name, False, error.message, "readable", error.hint or "give this identity the right to read it"
        )


def version(patient: Patient) -> Check:
    """Check the Kubernetes version: Pod Security is pinned to it."""
    found, wanted = text_at(patient.api.get("/version"), "gitVersion"), patient.cluster.kubernetes
    return patient.check("apiserver", found.startswith(f"v{wanted}."), found, f"v{wanted}.x")


def kube_system_uid(patient: Patient) -> Check:
    """Check that this is the cluster that is meant, for every identity that it lets in: writes refuse another one."""
    name, whose = "uid of kube-system", ""
    try:
        uid = check_uid(patient.estate, patient.name, patient.api)
        for identity in _OTHERS:
            whose = f" (kubeconfig of {identity})"
            with suppress(ApiError, KubeconfigError):  # who is not let in is told by `identities`
                check_uid(patient.estate, patient.name, _asked_as(patient.estate, patient.name, identity))
    except WrongClusterError as error:
        step = "this is another cluster: correct the kubeconfig or the uid"
        return patient.check(name, False, f"{error.found}{whose}", error.expected, step)
    except UidUnknownError as error:
        return patient.check(name, False, error.message, "a uid in the files", error.hint or _EDIT)
    return patient.check(name, True, uid, uid)


def nodes_ready(patient: Patient) -> Check:
    """Check that every node is Ready."""
    nodes = patient.api.list_all(kind_of("Node").path)
    lame = [text_at(node, "metadata", "name") for node in nodes if not has_condition(node, "Ready")]
    found = f"not ready: {', '.join(lame)}" if lame else f"{len(nodes)} ready"
    return patient.check("nodes", bool(nodes) and not lame, found, "all ready", "see to the nodes that are named")


def node_addresses(patient: Patient) -> Check:
    """Check that the nodes' addresses lie in the declared ranges: policies are proved against them."""
    addresses = [
        text_at(entry, "address")
        for node in patient.api.list_all(kind_of("Node").path)
        for entry in items_at(node, "status", "addresses")
        if entry.get("type") == "InternalIP"
    ]
    return _within(patient, "node addresses", addresses, patient.cluster.network.nodes)


def pod_ranges(patient: Patient) -> Check:
    """Check that the nodes' pod ranges lie in the declared ones."""
    ranges = [text_at(node, "spec", "podCIDR") for node in patient.api.list_all(kind_of("Node").path)]
    return _within(patient, "pod ranges", [found for found in ranges if found], patient.cluster.network.pods)


def service_range(patient: Patient) -> Check:
    """Check that the address of the service ``kubernetes`` lies in the declared range."""
    address = text_at(patient.api.get(kind_of("Service").object_path("default", "kubernetes")), "spec", "clusterIP")
    return _within(patient, "service range", [address], patient.cluster.network.services)


def dns_pods(patient: Patient) -> Check:
    """Check that the declared labels find running DNS pods: a policy opens the way to them."""
    dns = patient.cluster.dns
    return _running(patient, "DNS pods", dns.namespace, dns.labels)


def ingress_class(patient: Patient) -> Check:
    """Check that the ingress class exists."""
    wanted = patient.cluster.ingress.class_name
    classes = _names(patient.api.list_all(kind_of("IngressClass").path))
    return patient.check("ingress class", wanted in classes, ", ".join(classes) or "none", wanted)


def ingress_pods(patient: Patient) -> Check:
    """Check that the declared labels find running pods of the ingress controller."""
    ingress = patient.cluster.ingress
    return _running(patient, "ingress pods", ingress.namespace, ingress.labels)


def storage_classes(patient: Patient) -> Check:
    """Check that every storage class with a declared capacity exists."""
    wanted = sorted(patient.cluster.capacity.storage)
    found = _names(patient.api.list_all(kind_of("StorageClass").path))
    return patient.check("storage classes", set(wanted) <= set(found), ", ".join(found) or "none", ", ".join(wanted))


def admission_policies(patient: Patient) -> Check:
    """Check that ValidatingAdmissionPolicy is served: what a tenant may not do is written in them."""
    policy = kind_of("ValidatingAdmissionPolicy")
    resources = items_at(patient.api.get(api_path(policy.api_version)), "resources")
    ok = any(resource.get("name") == policy.plural for resource in resources)
    return patient.check(
        "ValidatingAdmissionPolicy", ok, "served" if ok else "not served", "served", "use Kubernetes 1.30 or newer"
    )


def identities(patient: Patient) -> Check:
    """Check that the kubeconfigs of the provisioner and the nightly reader are let in."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    told = []
    for identity in _OTHERS:
        try:
            api = _asked_as(patient.estate, patient.name, identity)
            answer = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
        except KoggeError as error:
            return patient.check("identities", False, error.message, "two that the cluster knows", error.hint or _EDIT)
        told.append(text_at(answer, "status", "userInfo", "username"))
    distinct = len(set(told)) == len(told)
    step = "give provisioner and nightly identities of their own"
    return patient.check("identities", distinct, ", ".join(told), "two that the cluster knows", step)


def enforcement(patient: Patient) -> Check:
    """Say whether policies are enforced here; only ``kogge prove`` on a real network can show it."""
    declared = patient.cluster.network.enforcement
    found = "declared" if declared is Enforcement.ENFORCED else "pods are simulated: policies are proved, not enforced"
    return patient.check("network policies", True, found, str(declared))


CHECKS: tuple[Callable[[Patient], Check], ...] = (
    kube_system_uid,
    nodes_ready,
    node_addresses,
    pod_ranges,
    service_range,
    dns_pods,
    ingress_class,
    ingress_pods,
    storage_classes,
    admission_policies,
    identities,
    enforcement,
)


def _running(patient: Patient, name: str, namespace: str, labels: dict[str, str]) -> Check:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = patient.api.list_all(kind_of("Pod").path_in(namespace), label_selector=selector)
    ready = sum(has_condition(pod, "Ready") for pod in pods)
    return patient.check(name, ready > 0, f"{ready} of {len(pods)} ready", f"{selector} in {namespace}")


def _within(patient: Patient, name: str, found: Iterable[str], declared: Iterable[object]) -> Check:
    networks = [ipaddress.ip_network(str(network)) for network in declared]
    ranges = {text: ipaddress.ip_network(text, strict=False) for text in found}
    outside = [text for text, inner in ranges.items() if not any(_contains(outer, inner) for outer in networks)]
    told = f"outside: {', '.join(outside)}" if outside else "inside"
    return patient.check(name, not outside, told, ", ".join(map(str, networks)))


Range = ipaddress.IPv4Network | ipaddress.IPv6Network


def _contains(outer: Range, inner: Range) -> bool:
    if isinstance(outer, ipaddress.IPv4Network):
        return isinstance(inner, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _names(manifests: list[JsonObject]) -> list[str]:
    return [text_at(manifest, "metadata", "name") for manifest in manifests]
