"""The hosts' part of the check: read what they run as the nightly identity, compare it with the files."""

from __future__ import annotations

from collections.abc import Collection

from kogge.desired.hosts import host_states
from kogge.drift.hosts.compare import host_drift
from kogge.estate.estate import Estate
from kogge.findings import Judgement
from kogge.hostrun import authorized_keys, open_nightly_access
from kogge.observe.hosts import observe_hosts
from kogge.trust import known_digests


def check_hosts(estate: Estate, *, hosts: Collection[str] | None = None, programs: bool = True) -> Judgement:
    """Compare the hosts with the files; nothing is written on any of them, and no key is read.

    Passwords are compared by the digests of ``keys/``. ``hosts`` limits the check; ``programs`` compares the files of
    all packages with their checksums.

    :raises KoggeError: the hosts cannot be reached as ``platform.yaml`` says, or a digests file is not what Kogge
        writes.
    """
    every = host_states(estate, authorized_keys(estate))
    states = [state for state in every if hosts is None or state.name in hosts]
    if not states:
        return Judgement()
    observed = observe_hosts(open_nightly_access(estate), [state.name for state in states], programs=programs)
    owners = {verifier.owner for state in states for verifier in state.verifiers.values()}
    return host_drift(states, observed, known_digests(estate, owners))
