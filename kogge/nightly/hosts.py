"""The hosts' part of the nightly check: read, let Ansible check, compare. Shared by the commands that report."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from kogge.deploy.hosts.documents import filled_document, run_hosts
from kogge.derived import Derived
from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument
from kogge.drift.hosts.compare import DATABASE, facts_questions, host_drift
from kogge.estate.estate import Estate
from kogge.findings import Judgement
from kogge.hostrun import authorized_keys, open_access
from kogge.hostrun.run import Progress
from kogge.keyring import Keyring, read_digests
from kogge.observe.hosts import observe_hosts


def check_hosts(
    estate: Estate,
    keyring: Keyring | None,
    *,
    hosts: Collection[str] | None = None,
    witness: bool = True,
    programs: bool = True,
    progress: Progress | None = None,
) -> Judgement:
    """Compare the hosts with the files; nothing is written on any of them.

    With a ``keyring`` passwords are compared as a whole, without one by the digests of ``keys/``. ``witness`` adds a
    check run of Ansible; ``programs`` compares the files of all packages with their checksums.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, or Ansible cannot be started.
    """
    every = host_documents(estate, authorized_keys(estate))
    documents = [document for document in every if hosts is None or document.host in hosts]
    if not documents:
        return Judgement()
    observed = observe_hosts(open_access(estate), facts_questions(documents, programs=programs), progress=progress)
    reached = {name for name, facts in observed.facts.items() if facts.host is not None}
    checked = run_hosts(estate, keyring, hosts=reached, check=True, progress=progress) if witness and reached else None
    return host_drift(
        documents, observed, _Digests(estate, keyring), verifiers=_verifiers(documents, keyring), witness=checked
    )


class _Digests:
    """Finds the digest of a derived value; holds the files it has read."""

    def __init__(self, estate: Estate, keyring: Keyring | None) -> None:
        self._directory = estate.path(estate.platform.keys.directory)
        self._keyring = keyring
        self._read: dict[str, Mapping[str, str]] = {}

    def __call__(self, secret: Derived) -> str | None:
        """Return the SHA-256 in hex, or None where neither a key nor a digest is at hand."""
        if self._keyring is not None and self._keyring.has(secret.owner):
            return hashlib.sha256(self._keyring.derive(secret).encode()).hexdigest()
        if secret.owner not in self._read:
            digests = read_digests(self._directory, secret.owner)
            self._read[secret.owner] = digests.values if digests is not None else {}
        return self._read[secret.owner].get(secret.identity())


def _verifiers(documents: Collection[HostDocument], keyring: Keyring | None) -> dict[str, str]:
    if keyring is None:
        return {}
    return {
        role: hashlib.sha256(verifier.encode()).hexdigest()
        for document in documents
        if document.role == DATABASE
        for role, verifier in filled_document(document, keyring).content["verifiers"].items()
    }
