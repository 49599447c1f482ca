"""Per cluster: what the apiserver refuses in every space, whoever asks.

ValidatingAdmissionPolicies run inside the apiserver; no webhook of Kogge's can be down. Each policy applies to
namespaces that carry the tenant label and reads the space's own parameters from its ``kogge-parameters``.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from kogge.desired.kubernetes.vocabulary import (
    OWNED_BY,
    OWNED_LABEL,
    PARAMETERS,
    PROVISIONER_GROUP,
    PULUMI_ANNOTATIONS,
    TENANT_LABEL,
)
from kogge.desired.kubernetes.workload import ALLOWED_SOURCES
from kogge.desired.objects import Concern, DesiredObject, Order

API: Final = "admissionregistration.k8s.io/v1"

_KOGGE = f"('{PROVISIONER_GROUP}' in request.userInfo.groups || 'system:masters' in request.userInfo.groups)"
_CLUSTER_ITSELF = (
    "(request.userInfo.username.startsWith('system:serviceaccount:kube-system:') "
    "|| request.userInfo.username in ['system:kube-controller-manager', 'system:apiserver'])"
)
_NAME = "(object == null ? oldObject : object).metadata.name"
"""``request.name`` is missing when a whole collection is deleted and when the server makes up the name."""
_SPACE = "'^[a-z0-9-]+--[a-z0-9-]+$'"
_HOSTNAMES = "params.data['hostnames'].split(',')"


def _known_image(reference: str) -> str:
    """Return the expression that an image comes by digest from a registry of the platform."""
    return (
        f"{reference}.matches('@sha256:[0-9a-f]{{64}}$') && "
        f"params.data['registries'].split(',').exists(r, {reference}.startsWith(r + '/'))"
    )


_IMAGES = "images come by digest, from the registries of the platform"


@dataclass(frozen=True, slots=True)
class Policy:
    """One admission policy: on what, and what must hold."""

    name: str
    rules: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(API group, version, resources)."""
    operations: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]
    """(CEL expression that must hold, message)."""
    parameters: bool = False
    every_namespace: bool = False


POLICIES: Final = (
    Policy(
        name="kogge-spaces",
        rules=(("", "v1", ("namespaces",)),),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"!{_NAME}.matches({_SPACE}) || {_KOGGE} || {_CLUSTER_ITSELF}",
                "a space is made, labelled and deleted by Kogge alone",
            ),
        ),
        # A namespace that loses its tenant label would leave every policy that is bound to the label.
        every_namespace=True,
    ),
    Policy(
        name="kogge-isolation",
        rules=(
            ("networking.k8s.io", "v1", ("networkpolicies",)),
            ("rbac.authorization.k8s.io", "v1", ("roles", "rolebindings")),
            ("", "v1", ("resourcequotas", "limitranges")),
        ),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=((f"{_KOGGE} || {_CLUSTER_ITSELF}", "what isolates a space is written by Kogge alone"),),
    ),
    Policy(
        name="kogge-parameters",
        rules=(("", "v1", ("configmaps",)),),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"{_NAME} != '{PARAMETERS}' || {_KOGGE} || {_CLUSTER_ITSELF}",
                "the parameters of a space are written by Kogge alone",
            ),
        ),
    ),
    Policy(
        name="kogge-images",
        rules=(("", "v1", ("pods", "pods/ephemeralcontainers")),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (f"object.spec.containers.all(c, {_known_image('c.image')})", _IMAGES),
            (f"object.spec.?initContainers.orValue([]).all(c, {_known_image('c.image')})", _IMAGES),
            (f"object.spec.?ephemeralContainers.orValue([]).all(c, {_known_image('c.image')})", _IMAGES),
            (
                f"object.spec.?volumes.orValue([]).all(v, !has(v.image) || {_known_image('v.image.reference')})",
                _IMAGES,
            ),
        ),
        parameters=True,
    ),
    Policy(
        name="kogge-replicas",
        rules=(("apps", "v1", ("deployments", "deployments/scale")),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                f"{_KOGGE} || object.spec.?replicas.orValue(0) >= int(params.data['replicas.minimum'])",
                "fewer replicas than the catalogue allows",
            ),
            (
                "object.spec.?replicas.orValue(0) <= int(params.data['replicas.maximum'])",
                "more replicas than the catalogue allows",
            ),
        ),
        parameters=True,
    ),
    Policy(
        name="kogge-services",
        rules=(("", "v1", ("services",)),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                "object.spec.type == 'ClusterIP' && object.spec.?externalIPs.orValue([]).size() == 0",
                "a space is entered through the ingress alone: ClusterIP without external addresses",
            ),
        ),
    ),
    Policy(
        name="kogge-hostnames",
        rules=(("networking.k8s.io", "v1", ("ingresses",)),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                "!has(object.spec.defaultBackend) && object.spec.?rules.orValue([]).all(r, "
                f"r.?host.orValue('') != '' && r.host in {_HOSTNAMES})",
                "an ingress answers only to the hostnames of its space",
            ),
            (
                f"object.spec.?tls.orValue([]).all(t, t.?hosts.orValue([]).all(h, h in {_HOSTNAMES}))",
                "an ingress names certificates only for the hostnames of its space",
            ),
            (
                "object.metadata.?annotations.orValue({}).all(k, "
                f"!k.contains('ingress.kubernetes.io/') || k == '{ALLOWED_SOURCES}')",
                "an ingress tells its controller nothing but the allowed sources: an alias would be another hostname",
            ),
        ),
        parameters=True,
    ),
    Policy(
        name="kogge-provisioner",
        rules=(("*", "*", ("*/*",)),),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"!('{PROVISIONER_GROUP}' in request.userInfo.groups) "
                f"|| (request.namespace != '' ? request.namespace : request.?name.orValue('')).matches({_SPACE})",
                "the provisioner writes in spaces alone",
            ),
        ),
        every_namespace=True,
    ),
)


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "labels": {OWNED_LABEL: OWNED_BY}, "annotations": PULUMI_ANNOTATIONS}


def _policy(policy: Policy) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "matchPolicy": "Equivalent",
            "namespaceSelector": {},
            "objectSelector": {},
            "resourceRules": [
                {
                    "apiGroups": [group],
                    "apiVersions": [version],
                    "operations": list(policy.operations),
                    "resources": list(resources),
                    "scope": "*",
                }
                for group, version, resources in policy.rules
            ],
        },
        "validations": [
            {"expression": expression, "message": message, "reason": "Forbidden"}
            for expression, message in policy.checks
        ],
    }
    if policy.parameters:
        spec["paramKind"] = {"apiVersion": "v1", "kind": "ConfigMap"}
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": _metadata(policy.name),
        "spec": spec,
    }


def _binding(policy: Policy) -> dict[str, Any]:
    spec: dict[str, Any] = {"policyName": policy.name, "validationActions": ["Deny"]}
    if not policy.every_namespace:
        spec["matchResources"] = {
            "matchPolicy": "Equivalent",
            "namespaceSelector": {"matchExpressions": [{"key": TENANT_LABEL, "operator": "Exists"}]},
            "objectSelector": {},
        }
    if policy.parameters:
        spec["paramRef"] = {"name": PARAMETERS, "parameterNotFoundAction": "Deny"}
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": _metadata(policy.name),
        "spec": spec,
    }


def admission(cluster: str) -> Iterable[DesiredObject]:
    """Yield every policy and its binding."""
    for policy in POLICIES:
        for manifest, order in ((_policy(policy), Order.BOUNDARY), (_binding(policy), Order.MATERIAL)):
            yield DesiredObject(
                manifest=manifest,
                cluster=cluster,
                tenant=None,
                space=None,
                concern=Concern.ADMISSION,
                order=order,
            )
