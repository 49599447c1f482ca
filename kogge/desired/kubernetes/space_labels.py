"""What the labels of a namespace must be by its name alone, as expressions of the admission policies.

Which policies there are, and on what, is ``admission``'s to say.
Source of the language: https://kubernetes.io/docs/reference/using-api/cel/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kogge.desired.kubernetes.namespace import pod_security
from kogge.desired.kubernetes.vocabulary import (
    OWNED_BY,
    OWNED_LABEL,
    POD_SECURITY,
    SERVICE_LABEL,
    SPACE_NAME,
    TENANT_LABEL,
)
from kogge.estate.estate import PLATFORM
from kogge.estate.models.platform import Cluster

_LABELS: Final = "object.metadata.?labels.orValue({})"
_BEFORE: Final = "oldObject.metadata.?labels.orValue({})"
_IS_SPACE: Final = f"(object.metadata.name.matches('{SPACE_NAME}') && !object.metadata.name.startsWith('{PLATFORM}--'))"
_SPEAKING: Final = f"(k.startsWith('{POD_SECURITY}') || k in ['{TENANT_LABEL}', '{SERVICE_LABEL}', '{OWNED_LABEL}'])"
_KEPT: Final = (
    "(oldObject != null && "
    f"{_BEFORE}.all(k, !{_SPEAKING} || {_LABELS}[?k].orValue('') == {_BEFORE}[k]) && "
    f"{_LABELS}.all(k, !{_SPEAKING} || k in {_BEFORE}))"
)
"""The write changes none of these labels: what the namespace controller writes passes, and every write that has
nothing to do with them, while a new version of Pod Security goes from space to space."""


def _label(key: str) -> str:
    return f"{_LABELS}[?'{key}'].orValue('')"


def label_checks(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Yield expression and message of each check on the labels of a namespace that is written.

    The tenant label follows from the name, so a policy that is bound by the label is bound by the name.
    """
    tenant, service = (f"object.metadata.name.split('--')[{number}]" for number in (0, 1))
    yield (
        f"!{_IS_SPACE} || {_KEPT} || ({_label(TENANT_LABEL)} == {tenant} && {_label(SERVICE_LABEL)} == {service} && "
        f"{_label(OWNED_LABEL)} == '{OWNED_BY}')",
        "the labels of a space say its tenant and service, as its name does, and that Kogge has it",
    )
    security = pod_security(cluster)
    wanted = " && ".join(f"{_label(key)} == '{value}'" for key, value in sorted(security.items()))
    known = ", ".join(f"'{key}'" for key in sorted(security))
    yield (
        f"!{_IS_SPACE} || {_KEPT} || ({wanted} && {_LABELS}.all(k, !k.startsWith('{POD_SECURITY}') || k in [{known}]))",
        f"a space is held to Pod Security restricted, v{cluster.kubernetes}, and nothing weaker",
    )
    yield (
        f"{_IS_SPACE} || {_KEPT} || !('{TENANT_LABEL}' in {_LABELS})",
        "only a namespace with the name of a space bears a tenant's label",
    )
