"""Per cluster: what the apiserver refuses in every space, whoever asks.

ValidatingAdmissionPolicies run inside the apiserver; no webhook of Kogge's can be down. What the labels of a space are
follows from its name, whoever writes it; the other policies apply to namespaces that carry the tenant label, and read
what the platform states of a space (``parameters``). A policy whose parameter moves gets a new name: a binding and its
policy are not changed at once, and in between nothing would be admitted.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.parameters import Parameter
from kogge.desired.kubernetes.space_labels import label_checks
from kogge.desired.kubernetes.vocabulary import (
    NAMESPACE_NAME_LABEL,
    OWNED_BY,
    OWNED_LABEL,
    PLATFORM_NAMESPACE,
    PROVISIONER_GROUP,
    PULUMI_ANNOTATIONS,
    SPACE_NAME,
    TENANT_LABEL,
)
from kogge.desired.kubernetes.workload import ALLOWED_SOURCES
from kogge.desired.objects import Concern, DesiredObject, Order
from kogge.estate.estate import Estate
from kogge.estate.models.platform import Cluster

_PLATFORM = "'system:masters' in request.userInfo.groups"
_KOGGE = f"('{PROVISIONER_GROUP}' in request.userInfo.groups || 'system:masters' in request.userInfo.groups)"
_CLUSTER_ITSELF = (
    "(request.userInfo.username.startsWith('system:serviceaccount:kube-system:') "
    "|| request.userInfo.username in ['system:kube-controller-manager', 'system:apiserver'])"
)
_NAME = "(object == null ? oldObject : object).metadata.name"
"""``request.name`` is missing when a whole collection is deleted and when the server makes up the name."""
_SPACE = f"'{SPACE_NAME}'"
_VALUE = "params.data[request.namespace]"
_HOSTNAMES = f"{_VALUE}.split(',')"
_FEWEST, _MOST = (f"{_VALUE}.split('-')[{number}]" for number in (0, 1))
_STATED = ("request.namespace in params.data", "the platform states nothing for this space: it is not in the files")
"""Without a value, expressions that read it would be errors; this one says why."""


def _known_image(reference: str) -> str:
    """Return the expression that an image comes by digest from a registry of the platform."""
    return (
        f"{reference}.matches('@sha256:[0-9a-f]{{64}}$') && "
        f"{_VALUE}.split(',').exists(r, {reference}.startsWith(r + '/'))"
    )


_IMAGES = "images come by digest, from the registries of the platform"


@dataclass(frozen=True, slots=True)
class Matched:
    """Resources of one API group that a policy judges."""

    group: str
    version: str
    resources: tuple[str, ...]
    scope: str = "*"


def _matched(*names: str, parts: tuple[str, ...] = ()) -> Matched:
    """Return the resources of kinds of one group, with the subresources ``parts`` of each."""
    kinds = [kind_of(name) for name in names]
    ((group, version),) = {(kind.group, kind.version) for kind in kinds}
    found = [resource for kind in kinds for resource in (kind.plural, *(f"{kind.plural}/{part}" for part in parts))]
    return Matched(group, version, tuple(found))


class Where(StrEnum):
    """In which namespaces a policy judges."""

    SPACES = "spaces"
    """By the tenant label, which follows from the name."""
    PLATFORM = "platform"
    """The platform's own namespace."""
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Policy:
    """One admission policy: on what, and what must hold."""

    name: str
    on: tuple[Matched, ...]
    operations: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]
    """(CEL expression that must hold, message)."""
    where: Where = Where.SPACES
    parameter: Parameter | None = None
    """Whose values the checks read."""


_NAMESPACE: Final = _matched("Namespace", parts=("status", "finalize"))
"""The status and the finalizers are written through paths of their own, which take labels, too."""


def space_labels(cluster: Cluster) -> Policy:
    """Return the policy that makes a space what its name says, whoever writes it."""
    return Policy(
        name="kogge-space-labels",
        on=(_NAMESPACE,),
        operations=("CREATE", "UPDATE"),
        checks=tuple(label_checks(cluster)),
        where=Where.EVERYWHERE,
    )


POLICIES: Final = (
    Policy(
        name="kogge-spaces",
        on=(_NAMESPACE,),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"!{_NAME}.matches({_SPACE}) || {_KOGGE} || {_CLUSTER_ITSELF}",
                "a space is made, labelled and deleted by Kogge alone",
            ),
        ),
        where=Where.EVERYWHERE,
    ),
    Policy(
        name="kogge-isolation",
        on=(_matched("NetworkPolicy"), _matched("Role", "RoleBinding"), _matched("ResourceQuota", "LimitRange")),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=((f"{_KOGGE} || {_CLUSTER_ITSELF}", "what isolates a space is written by Kogge alone"),),
    ),
    Policy(
        name="kogge-platform",
        on=(Matched("*", "*", ("*/*",), scope="Namespaced"), _NAMESPACE),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"{_PLATFORM} || {_CLUSTER_ITSELF}",
                "what judges the spaces is written by the platform's identity alone",
            ),
        ),
        where=Where.PLATFORM,
    ),
    Policy(
        name="kogge-space-images",
        on=(_matched("Pod", parts=("ephemeralcontainers",)),),
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
        parameter=Parameter.REGISTRIES,
    ),
    Policy(
        name="kogge-space-replicas",
        on=(_matched("Deployment", parts=("scale",)),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                f"{_KOGGE} || object.spec.?replicas.orValue(0) >= int({_FEWEST})",
                "fewer replicas than the catalogue allows",
            ),
            (
                f"object.spec.?replicas.orValue(0) <= int({_MOST})",
                "more replicas than the catalogue allows",
            ),
        ),
        parameter=Parameter.REPLICAS,
    ),
    Policy(
        name="kogge-services",
        on=(_matched("Service"),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                "object.spec.type == 'ClusterIP' && object.spec.?externalIPs.orValue([]).size() == 0",
                "a space is entered through the ingress alone: ClusterIP without external addresses",
            ),
        ),
    ),
    Policy(
        name="kogge-space-hostnames",
        on=(_matched("Ingress"),),
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
        parameter=Parameter.HOSTNAMES,
    ),
    Policy(
        name="kogge-provisioner",
        on=(Matched("*", "*", ("*/*",)),),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=(
            (
                f"!('{PROVISIONER_GROUP}' in request.userInfo.groups) "
                f"|| (request.namespace != '' ? request.namespace : request.?name.orValue('')).matches({_SPACE})",
                "the provisioner writes in spaces alone",
            ),
        ),
        where=Where.EVERYWHERE,
    ),
)


def _manifest(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {OWNED_LABEL: OWNED_BY}, "annotations": PULUMI_ANNOTATIONS}
    return {"apiVersion": kind_of(kind).api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _policy(policy: Policy) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "matchPolicy": "Equivalent",
            "namespaceSelector": {},
            "objectSelector": {},
            "resourceRules": [
                {
                    "apiGroups": [matched.group],
                    "apiVersions": [matched.version],
                    "operations": list(policy.operations),
                    "resources": list(matched.resources),
                    "scope": matched.scope,
                }
                for matched in policy.on
            ],
        },
        "validations": [
            {"expression": expression, "message": message, "reason": "Forbidden"}
            for expression, message in ((_STATED,) if policy.parameter else ()) + policy.checks
        ],
    }
    if policy.parameter:
        spec["paramKind"] = {"apiVersion": kind_of("ConfigMap").api_version, "kind": "ConfigMap"}
    return _manifest("ValidatingAdmissionPolicy", policy.name, spec)


def _binding(policy: Policy) -> dict[str, Any]:
    spec: dict[str, Any] = {"policyName": policy.name, "validationActions": ["Deny"]}
    if policy.where is not Where.EVERYWHERE:
        selected = {
            Where.SPACES: {"key": TENANT_LABEL, "operator": "Exists"},
            Where.PLATFORM: {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": [PLATFORM_NAMESPACE]},
        }
        spec["matchResources"] = {
            "matchPolicy": "Equivalent",
            "namespaceSelector": {"matchExpressions": [selected[policy.where]]},
            "objectSelector": {},
        }
    if policy.parameter:
        spec["paramRef"] = {
            "name": str(policy.parameter),
            "namespace": PLATFORM_NAMESPACE,
            "parameterNotFoundAction": "Deny",
        }
    return _manifest("ValidatingAdmissionPolicyBinding", policy.name, spec)


def admission(estate: Estate, cluster: str) -> Iterable[DesiredObject]:
    """Yield every policy of a cluster and its binding."""
    for policy in (space_labels(estate.platform.clusters[cluster]), *POLICIES):
        for manifest, order in ((_policy(policy), Order.BOUNDARY), (_binding(policy), Order.MATERIAL)):
            yield DesiredObject(
                manifest=manifest,
                cluster=cluster,
                tenant=None,
                space=None,
                concern=Concern.ADMISSION,
                order=order,
            )
