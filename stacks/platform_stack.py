"""The program of the stack ``platform``: what every cluster refuses, and who may do what there."""

from __future__ import annotations

from kogge.clusters.identity import Identity
from kogge.desired import platform_objects
from kogge.estate.estate import Estate
from kogge.keyring import Keyring
from modules import ClusterPolicy
from stacks.provider import kubernetes_provider


def platform_program(estate: Estate, keyring: Keyring) -> None:
    """Register one ``ClusterPolicy`` per cluster, under the cluster's platform identity."""
    objects = platform_objects(estate)
    for name in sorted(estate.platform.clusters):
        ClusterPolicy(
            name,
            [item for item in objects if item.cluster == name],
            provider=kubernetes_provider(estate, name, Identity.PLATFORM),
            fill=keyring.fill,
        )
