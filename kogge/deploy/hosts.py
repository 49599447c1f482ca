"""Hosts from the files: documents with their secrets filled in, handed to the one place that runs Ansible."""

from __future__ import annotations

from collections.abc import Collection

from kogge.desired.hosts import host_documents
from kogge.estate.estate import Estate
from kogge.hostrun import HostRunSummary, RoleDocument, authorized_keys, open_access, run
from kogge.hostrun.run import Progress
from kogge.hostrun.scram import with_verifiers
from kogge.keyring import Keyring


def filled_documents(estate: Estate, keyring: Keyring) -> tuple[RoleDocument, ...]:
    """Return every document of every host as a host may see it: verifiers instead of passwords.

    :raises KoggeError: a tenant with a database has no master key, or the access files are not there.
    """
    return tuple(
        RoleDocument(document.host, document.role, with_verifiers(keyring.fill(document.content)))
        for document in host_documents(estate, authorized_keys(estate))
    )


def run_hosts(
    estate: Estate,
    keyring: Keyring,
    *,
    hosts: Collection[str] | None = None,
    check: bool = False,
    progress: Progress | None = None,
) -> HostRunSummary:
    """Make the hosts what the files say, or with ``check`` only say what would change.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, or a key is missing.
    """
    access = open_access(estate)
    return run(access, filled_documents(estate, keyring), hosts=hosts, check=check, progress=progress)
