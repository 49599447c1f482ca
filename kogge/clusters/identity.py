"""Who Kogge is on a cluster: one identity per kind of work, each with a kubeconfig of its own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import assert_never

from kogge.clusters.kubeconfig import read_kubeconfig
from kogge.estate.estate import PLATFORM, Estate


class Identity(StrEnum):
    """Under which of its identities Kogge asks; the values are the keys of ``kubeconfig`` in ``platform.yaml``."""

    PLATFORM = "platform"
    """Applies the stack ``platform``: admission, roles, classes."""
    PROVISIONER = "provisioner"
    """Applies tenants; gets its rights from the stack ``platform``."""
    NIGHTLY = "nightly"
    """Only reads; gets its rights from the stack ``platform``."""


def applying(stack: str) -> Identity:
    """Return the identity that applies a stack."""
    return Identity.PLATFORM if stack == PLATFORM else Identity.PROVISIONER


def kubeconfig_path(estate: Estate, name: str, identity: Identity) -> Path:
    """Return the kubeconfig of ``identity`` on the cluster ``name``."""
    kubeconfigs = estate.platform.clusters[name].kubeconfig
    match identity:
        case Identity.PLATFORM:
            return estate.path(kubeconfigs.platform)
        case Identity.PROVISIONER:
            return estate.path(kubeconfigs.provisioner)
        case Identity.NIGHTLY:
            return estate.path(kubeconfigs.nightly)
        case unreachable:
            assert_never(unreachable)


def kubeconfig_to_hand_over(estate: Estate, name: str, identity: Identity) -> Path:
    """Return the same for a program that reads it by itself, such as Pulumi's provider and kubectl.

    They run whatever it names, so it is looked at before.

    :raises KubeconfigError: it cannot be used, or lies in the data root and names a program or a file outside.
    """
    path = kubeconfig_path(estate, name, identity)
    read_kubeconfig(path, data_root=estate.root)
    return path
