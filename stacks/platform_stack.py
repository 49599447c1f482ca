"""The program of the stack ``platform``: what every cluster refuses, and who may do what there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kogge.clusters.connect import connect
from kogge.clusters.errors import ApiNotFound
from kogge.clusters.identity import Identity
from kogge.clusters.kinds import kind_of
from kogge.desired import platform_objects
from kogge.desired.kubernetes import spaces_on
from kogge.desired.kubernetes.parameters import with_kept
from kogge.desired.kubernetes.vocabulary import FORMER_PARAMETERS, TENANT_LABEL
from kogge.estate.estate import Estate
from kogge.json_value import at, text_at
from kogge.keyring import Keyring
from modules import ClusterPolicy
from stacks.provider import kubernetes_provider


def platform_program(estate: Estate, keyring: Keyring) -> None:
    """Register one ``ClusterPolicy`` per cluster, under the cluster's platform identity."""
    objects = platform_objects(estate)
    for name in sorted(estate.platform.clusters):
        kept = undeclared_spaces(estate, name)
        ClusterPolicy(
            name,
            [with_kept(item, kept) for item in objects if item.cluster == name],
            provider=kubernetes_provider(estate, name, Identity.PLATFORM),
            fill=keyring.fill,
            kept=sorted(kept),
        )


def undeclared_spaces(estate: Estate, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the spaces of a cluster that the files do not have, each with the parameters it once had of its own.

    A file has an error, or is gone: what runs there goes on as it was applied last.

    :raises KoggeError: the cluster does not answer, or is another one.
    """
    api, maps = connect(estate, name, Identity.PLATFORM), kind_of("ConfigMap")
    there = api.list_all(kind_of("Namespace").path, label_selector=TENANT_LABEL)
    found = {text_at(item, "metadata", "name") for item in there} - {space.name for space in spaces_on(estate, name)}
    former: dict[str, Mapping[str, Any]] = {}
    for space in sorted(found):
        try:
            data = at(api.get(maps.object_path(space, FORMER_PARAMETERS)), "data")
        except ApiNotFound:
            data = None
        former[space] = data if isinstance(data, dict) else {}
    return former
