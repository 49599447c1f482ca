"""The hosts' part of the check: read what they run, let Ansible say what it would change, compare both."""

from __future__ import annotations

from collections.abc import Collection

from kogge.derived import derived_values
from kogge.desired.hosts import host_states, in_order
from kogge.drift.hosts.compare import facts_questions, host_drift
from kogge.estate.estate import Estate
from kogge.findings import Judgement
from kogge.hostrun import RoleDocument, authorized_keys, open_access, run
from kogge.observe.hosts import observe_hosts
from kogge.scram import without_verifiers
from kogge.trust import known_digests


def check_hosts(
    estate: Estate, *, hosts: Collection[str] | None = None, witness: bool = True, programs: bool = True
) -> Judgement:
    """Compare the hosts with the files; nothing is written on any of them, and no key is read.

    Passwords are compared by the digests of ``keys/``. ``hosts`` limits the check. ``witness`` adds a check run of
    Ansible; ``programs`` compares the files of all packages with their checksums.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, a digests file is not what Kogge writes,
        or Ansible cannot be started.
    """
    every = host_states(estate, authorized_keys(estate))
    states = [state for state in every if hosts is None or state.name in hosts]
    if not states:
        return Judgement()
    documents = in_order(states)
    access = open_access(estate)
    observed = observe_hosts(access, facts_questions(states, programs=programs))
    reached = {name for name, facts in observed.facts.items() if facts.host is not None}
    # Without a key nothing can be said of passwords, so the check run leaves them alone.
    asked = [RoleDocument(d.host, d.role, without_verifiers(d.content)) for d in documents if d.host in reached]
    checked = run(access, asked, check=True) if witness and asked else None
    owners = {secret.owner for document in documents for secret in derived_values(document.content)}
    return host_drift(states, observed, known_digests(estate, owners), witness=checked)
