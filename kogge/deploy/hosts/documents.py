"""Hosts from the files: documents with their secrets filled in, handed to the one place that runs Ansible."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kogge import places
from kogge.deploy.lock import stack_lock
from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument
from kogge.estate.estate import Estate
from kogge.hostrun import HostRunSummary, RoleDocument, authorized_keys, open_access, run
from kogge.hostrun.run import Progress
from kogge.hostrun.scram import with_verifiers, without_verifiers
from kogge.keyring import Keyring


def filled_document(document: HostDocument, keyring: Keyring | None) -> RoleDocument:
    """Return a document as a host may see it: verifiers instead of passwords.

    Without a keyring the verifiers are left out; such a document is for check runs, which then leave passwords alone.

    :raises KoggeError: a tenant with a database has no master key.
    """
    if keyring is None:
        return RoleDocument(document.host, document.role, without_verifiers(document.content))
    return RoleDocument(document.host, document.role, with_verifiers(keyring.fill(document.content)))


def run_hosts(
    estate: Estate,
    keyring: Keyring | None,
    *,
    hosts: Collection[str] | None = None,
    documents: Sequence[HostDocument] | None = None,
    check: bool = False,
    at_once: bool = False,
    progress: Progress | None = None,
) -> HostRunSummary:
    """Make the hosts what the files say, or with ``check`` only say what would change.

    ``documents`` are those to apply, in their order; without them every one of ``hosts``. ``at_once`` is for hosts
    that serve nobody yet; others are changed one after the other.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, a key is missing, or another run is at
        work on the hosts.
    """
    if keyring is None and not check:
        raise ValueError("without a keyring hosts can only be checked")
    access = open_access(estate)
    every = host_documents(estate, authorized_keys(estate)) if documents is None else documents
    wanted = [document for document in every if hosts is None or document.host in hosts]
    filled = [filled_document(document, keyring) for document in wanted]
    if check:
        return run(access, filled, hosts=hosts, check=True, progress=progress)
    # A directory of its own: a tenant may be called hosts, too.
    with stack_lock(places.locks(estate.root) / "hosts", "hosts"):
        return run(access, filled, hosts=hosts, at_once=at_once, progress=progress)
