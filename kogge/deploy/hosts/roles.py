"""Applies or checks roles: documents with their secrets filled in, handed to the one place that runs Ansible.

Which documents these are is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from kogge import places
from kogge.deploy.lock import stack_lock
from kogge.desired.objects import HostDocument
from kogge.estate.estate import Estate
from kogge.hostrun import HostRunSummary, RoleDocument, open_access, run
from kogge.hostrun.run import Progress
from kogge.keyring import Keyring
from kogge.scram import with_verifiers, without_verifiers


def filled_document(document: HostDocument, keyring: Keyring | None) -> RoleDocument:
    """Return a document as a host may see it: verifiers instead of passwords.

    Without a keyring the verifiers are left out; such a document is for check runs, which then leave passwords alone.

    :raises KoggeError: a tenant with a database has no master key.
    """
    if keyring is None:
        return RoleDocument(document.host, document.role, without_verifiers(document.content))
    return RoleDocument(document.host, document.role, with_verifiers(keyring.fill(document.content)))


def check_roles(
    estate: Estate, keyring: Keyring | None, documents: Sequence[HostDocument], *, progress: Progress | None = None
) -> HostRunSummary:
    """Say what applying the documents would change, in their order; nothing is written on any host.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, or a key is missing.
    """
    access = open_access(estate)
    return run(access, [filled_document(d, keyring) for d in documents], check=True, progress=progress)


def apply_roles(
    estate: Estate,
    keyring: Keyring,
    documents: Sequence[HostDocument],
    *,
    at_once: bool = False,
    progress: Progress | None = None,
) -> HostRunSummary:
    """Make the hosts what the documents say, in their order.

    ``at_once`` is for hosts that serve nobody yet; others are changed one after the other.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, a key is missing, or another run is at
        work on the hosts.
    """
    access = open_access(estate)
    filled = [filled_document(document, keyring) for document in documents]
    # A directory of its own: a tenant may be called hosts, too.
    with stack_lock(places.locks(estate.root) / "hosts", "hosts"):
        return run(access, filled, at_once=at_once, progress=progress)
