"""Why a workload did not become ready, in the cluster's own words: Pulumi often says only that it waited in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError
from kogge.clusters.kinds import kind_of
from kogge.deploy.plan import DesiredStack
from kogge.json_value import items_at, text_at

_TELLING = {"ReplicaFailure": "True", "Progressing": "False", "Available": "False"}
"""Condition of a Deployment -> the status that means trouble.
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status"""


def unready(desired: DesiredStack, apis: Mapping[str, KubeApi]) -> Iterable[str]:
    """Yield one line per condition that keeps a Deployment of the stack from being ready; nothing if nobody answers."""
    spaces = sorted({(item.cluster, item.space) for item in desired.items if item.space is not None})
    for cluster, space in spaces:
        try:
            deployments = apis[cluster].list_all(kind_of("Deployment").path_in(space))
        except ApiError:
            continue
        for deployment in deployments:
            for condition in items_at(deployment, "status", "conditions"):
                if _TELLING.get(text_at(condition, "type")) == text_at(condition, "status"):
                    name = text_at(deployment, "metadata", "name")
                    yield f"Deployment {space}/{name}: {text_at(condition, 'reason')}: {text_at(condition, 'message')}"
