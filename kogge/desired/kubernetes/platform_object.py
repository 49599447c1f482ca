"""What every object of the platform's own stack is built from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kogge.clusters.kinds import kind_of
from kogge.desired.kubernetes.vocabulary import OWNED_BY, OWNED_LABEL, PULUMI_ANNOTATIONS
from kogge.desired.objects import Concern, DesiredObject, Order, Removal


def platform_object(
    cluster: str,
    kind: str,
    name: str,
    body: Mapping[str, Any],
    concern: Concern,
    order: Order,
    *,
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    removal: Removal = Removal.DELETE,
) -> DesiredObject:
    """Return an object of a cluster that is no tenant's, with the label and annotations that every one carries."""
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "labels": {OWNED_LABEL: OWNED_BY, **(labels or {})},
        "annotations": PULUMI_ANNOTATIONS,
    }
    return DesiredObject(
        manifest={"apiVersion": kind_of(kind).api_version, "kind": kind, "metadata": metadata, **body},
        cluster=cluster,
        tenant=None,
        space=None,
        concern=concern,
        order=order,
        removal=removal,
    )
