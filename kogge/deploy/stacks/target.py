"""What a stack should be, and whether its last apply made just that; free of Pulumi, so that nothing to do is fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kogge.clusters.identity import applying, kubeconfig_path
from kogge.clusters.uid import cluster_uid
from kogge.deploy.stacks.backend import StackState
from kogge.deploy.stacks.unchanged import Applied, code_digest, desired_digest, provider_digest, read_applied
from kogge.desired import DesiredObject, platform_objects, tenant_objects
from kogge.digests import read_digests
from kogge.estate.estate import PLATFORM, Estate


@dataclass(frozen=True, slots=True)
class Target:
    """What a stack should be."""

    stack: str
    items: tuple[DesiredObject, ...]
    clusters: tuple[str, ...]
    """Names of the clusters it writes to."""
    inputs: Applied
    """The record an apply would leave; its ``state`` is empty."""


def target_of(estate: Estate, stack: str, version_of: Callable[[str], str]) -> Target:
    """Return what a stack should be by the files; ``version_of`` tells the version of a cluster's server.

    :raises KoggeError: no tenant of that name, its file has an error, or a cluster's uid cannot be read.
    """
    if stack == PLATFORM:
        items, clusters = platform_objects(estate), tuple(sorted(estate.platform.clusters))
    else:
        tenant = estate.tenant(stack)
        items, clusters = tenant_objects(estate, tenant), (tenant.placement.cluster,)
    kubeconfigs = [kubeconfig_path(estate, name, applying(stack)) for name in clusters]
    digests = read_digests(estate.path(estate.platform.keys.directory), stack)
    inputs = Applied(
        desired=desired_digest(items, digests.fingerprint if digests else ""),
        code=code_digest(),
        provider=provider_digest(kubeconfigs, [f"{cluster_uid(estate, name)} {version_of(name)}" for name in clusters]),
        state="",
    )
    return Target(stack, items, clusters, inputs)


def is_unchanged(estate: Estate, target: Target, state: StackState | None) -> bool:
    """Tell whether nothing that could change the stack has changed since its last apply on this machine."""
    applied = read_applied(estate, target.stack)
    return state is not None and applied == replace(target.inputs, state=state.digest)
