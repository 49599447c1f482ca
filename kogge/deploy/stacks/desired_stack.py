"""What a stack should be, and whether its last apply made just that; free of Pulumi, so that nothing to do is fast."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from kogge.clusters.identity import applying, kubeconfig_path
from kogge.clusters.uid import cluster_uid
from kogge.deploy.applied import Applied, desired_digest, read_record, stack_record
from kogge.deploy.plan import DesiredStack
from kogge.deploy.sources import stack_code
from kogge.deploy.stacks.backend import StackState
from kogge.desired import DesiredObject, platform_objects, tenant_objects
from kogge.estate.estate import PLATFORM, Estate
from kogge.trust import trusted_digests


def desired_stack(estate: Estate, stack: str, version_of: Callable[[str], str]) -> DesiredStack:
    """Return what a stack should be by the files; ``version_of`` tells the version of a cluster's server.

    :raises KoggeError: no tenant of that name, its file has an error, a cluster's uid cannot be read, or its key does
        not carry the platform's signature.
    """
    if stack == PLATFORM:
        items, clusters = platform_objects(estate), tuple(sorted(estate.platform.clusters))
    else:
        tenant = estate.tenant(stack)
        items, clusters = tenant_objects(estate, tenant), (tenant.placement.cluster,)
    kubeconfigs = [kubeconfig_path(estate, name, applying(stack)) for name in clusters]
    digests = trusted_digests(estate, stack)
    inputs = Applied(
        desired=objects_digest(items, digests.fingerprint if digests else ""),
        code=stack_code(),
        destination=provider_digest(
            kubeconfigs, [f"{cluster_uid(estate, name)} {version_of(name)}" for name in clusters]
        ),
    )
    return DesiredStack(stack, items, clusters, inputs)


def objects_digest(items: Iterable[DesiredObject], fingerprint: str) -> str:
    """Return a digest of what makes resources of desired objects, and of the master key behind their secrets."""
    return desired_digest(
        [[item.manifest, item.grant, item.removal, item.delegated_paths] for item in items], fingerprint
    )


def provider_digest(kubeconfigs: Iterable[Path], clusters: Iterable[str]) -> str:
    """Return a digest of what the providers are made of: their kubeconfigs by path, uid and version of the clusters."""
    return hashlib.sha256(json.dumps([[str(path) for path in kubeconfigs], list(clusters)]).encode()).hexdigest()


def is_applied(estate: Estate, desired: DesiredStack, state: StackState | None) -> bool:
    """Tell whether the last apply on this machine made just that: nothing that could change it has changed since."""
    applied = read_record(stack_record(estate.root, desired.stack)).get(desired.stack)
    return state is not None and applied == replace(desired.inputs, state=state.digest)
