"""The one Kubernetes provider of a cluster in a stack."""

from __future__ import annotations

import pulumi

from kogge.clusters.identity import Identity, kubeconfig_to_hand_over
from kogge.clusters.uid import cluster_uid
from kogge.estate.estate import Estate
from modules.registration import PROVIDER_VERSION


def kubernetes_provider(estate: Estate, name: str, identity: Identity) -> pulumi.ProviderResource:
    """Return the provider of a cluster under one of its identities.

    The kubeconfig goes in by path and the cluster by its uid, so that a changed address or certificate updates the
    provider and replaces no resource.
    """
    return pulumi.ProviderResource(
        "kubernetes",
        name,
        {
            "kubeconfig": str(kubeconfig_to_hand_over(estate, name, identity)),
            "clusterIdentifier": cluster_uid(estate, name),
            "enableServerSideApply": "true",
            # Without these a changed value deletes the whole object first; the policies of a space read one of them.
            "enableConfigMapMutable": "true",
            "enableSecretMutable": "true",
            "suppressDeprecationWarnings": "true",
        },
        pulumi.ResourceOptions(version=PROVIDER_VERSION),
    )
