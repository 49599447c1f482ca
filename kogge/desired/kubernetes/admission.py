"""Per cluster: what the apiserver refuses in every space, whoever asks.

ValidatingAdmissionPolicies run inside the apiserver; no webhook of Kogge's can be down. What the labels of a space are
follows from its name, whoever writes it; the other policies apply to namespaces that carry the tenant label, and read
what the platform states of a space (``parameters``). A policy whose parameter moves gets a new name: a binding and its
policy are not changed at once, and in between nothing would be admitted.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.parameters import Parameter
from kogge.desired.kubernetes.platform_object import platform_object
from kogge.desired.kubernetes.space_labels import label_checks
from kogge.desired.kubernetes.vocabulary import (
    NAMESPACE_NAME_LABEL,
    OPERATOR_ROLE,
    PLATFORM_NAMESPACE,
    PROBE_NAMESPACE,
    PROVISIONER_GROUP,
    PROVISIONER_SPACE_ROLE,
    SPACE_NAME,
    TENANT_LABEL,
    VIEWER_ROLE,
)
from kogge.desired.kubernetes.workload import ALLOWED_SOURCES
from kogge.desired.objects import Concern, DesiredObject, Order
from kogge.estate.estate import PLATFORM, Estate
from kogge.estate.models.platform import Cluster

_PLATFORM = "'system:masters' in request.userInfo.groups"
_BY_PROVISIONER = f"'{PROVISIONER_GROUP}' in request.userInfo.groups"
_KOGGE = f"({_BY_PROVISIONER} || {_PLATFORM})"
_REVIEW = "request.resource.group == 'authorization.k8s.io'"
"""A question about rights, which older servers hand to policies like a write."""
_DRY = "request.?dryRun.orValue(false)"
_PLACE = "(request.namespace != '' ? request.namespace : request.?name.orValue(''))"
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
_SAME_SPEC = "(oldObject != null && object.spec == oldObject.spec)"
_SAME_REPLICAS = "(oldObject != null && object.spec.?replicas.orValue(0) == oldObject.spec.?replicas.orValue(0))"
"""What was admitted by earlier values stays as it is when something else is written: Pulumi's provider touches an
object's managed fields before it writes the new values."""
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
    PROBE = "probe"
    """Where servers are asked for their defaults."""
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
                f"{_SAME_REPLICAS} || object.spec.?replicas.orValue(0) <= int({_MOST})",
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
                f"{_SAME_SPEC} || (!has(object.spec.defaultBackend) && object.spec.?rules.orValue([]).all(r, "
                f"r.?host.orValue('') != '' && r.host in {_HOSTNAMES}))",
                "an ingress answers only to the hostnames of its space",
            ),
            (
                f"{_SAME_SPEC} || object.spec.?tls.orValue([]).all(t, t.?hosts.orValue([]).all(h, h in {_HOSTNAMES}))",
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
                f"!({_BY_PROVISIONER}) || {_PLACE}.matches({_SPACE}) || {_REVIEW}",
                "the provisioner writes in spaces alone",
            ),
            (
                f"!({_BY_PROVISIONER}) || !{_PLACE}.startsWith('{PLATFORM}--') || "
                f"({_PLACE} == '{PROBE_NAMESPACE}' && {_DRY} && request.resource.resource != 'namespaces')",
                "the platform's own namespaces are not the provisioner's",
            ),
        ),
        where=Where.EVERYWHERE,
    ),
    Policy(
        name="kogge-provisioner-bindings",
        on=(_matched("RoleBinding"),),
        operations=("CREATE", "UPDATE"),
        checks=(
            (
                f"!({_BY_PROVISIONER}) || (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in "
                f"['{OPERATOR_ROLE}', '{PROVISIONER_SPACE_ROLE}', '{VIEWER_ROLE}'])",
                "the provisioner binds operators, viewers and itself",
            ),
            (
                f"!({_BY_PROVISIONER}) || object.?subjects.orValue([]).all(s, s.kind == 'Group' && "
                f"(object.roleRef.name == '{PROVISIONER_SPACE_ROLE}' ? s.name == '{PROVISIONER_GROUP}' : "
                "!s.name.startsWith('system:') && !s.name.startsWith('kogge:')))",
                "the provisioner binds groups of the partners to the partners' roles, and itself to its own",
            ),
        ),
        where=Where.EVERYWHERE,
    ),
    Policy(
        name="kogge-probe",
        on=(Matched("*", "*", ("*/*",), scope="Namespaced"), _NAMESPACE),
        operations=("CREATE", "UPDATE", "DELETE"),
        checks=((f"{_DRY} || {_PLATFORM} || {_CLUSTER_ITSELF}", "nothing but dry runs is let in here"),),
        where=Where.PROBE,
    ),
)


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
    return spec


def _binding(policy: Policy) -> dict[str, Any]:
    spec: dict[str, Any] = {"policyName": policy.name, "validationActions": ["Deny"]}
    if policy.where is not Where.EVERYWHERE:
        selected = {
            Where.SPACES: {"key": TENANT_LABEL, "operator": "Exists"},
            Where.PLATFORM: {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": [PLATFORM_NAMESPACE]},
            Where.PROBE: {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": [PROBE_NAMESPACE]},
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
    return spec


def admission(estate: Estate, cluster: str) -> Iterable[DesiredObject]:
    """Yield every policy of a cluster and its binding."""
    for policy in (space_labels(estate.platform.clusters[cluster]), *POLICIES):
        for kind, spec, order in (
            ("ValidatingAdmissionPolicy", _policy(policy), Order.BOUNDARY),
            ("ValidatingAdmissionPolicyBinding", _binding(policy), Order.MATERIAL),
        ):
            yield platform_object(cluster, kind, policy.name, {"spec": spec}, Concern.ADMISSION, order)
