"""What a shell needs for the bare Pulumi CLI and kubectl on one stack: the same as Kogge's own runs have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kogge.clusters.identity import applying, kubeconfig_path
from kogge.deploy.keys import ensure_key
from kogge.deploy.stacks.environment import passphrase_file, project_directory, stack_environment
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell for one stack; no value in it is a secret."""

    variables: Mapping[str, str]
    """Of its environment, by name."""
    directory: Path
    """Where the ``Pulumi.yaml`` is that Pulumi must find."""
    new_key: Path | None
    """The directory of the keys, where the owner of the stack got its key just now."""


def stack_shell(estate: Estate, stack: str) -> Shell:
    """Return what a shell needs for a stack; an owner that has neither key nor stack gets its key.

    :raises KoggeError: no tenant of that name, its file has an error, or it has a stack and no key.
    """
    cluster = min(estate.platform.clusters) if stack == PLATFORM else estate.tenant(stack).placement.cluster
    keyring = Keyring(estate)
    made = ensure_key(estate, keyring, stack)
    variables = {
        **stack_environment(estate, stack, passphrase_file(estate, keyring, stack)),
        "KUBECONFIG": str(kubeconfig_path(estate, cluster, applying(stack))),
    }
    return Shell(variables, project_directory(estate), keyring.directory if made else None)
