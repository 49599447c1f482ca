"""What the hosts run, as their facts programs say; a host that could not be read is unknown, never clean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kogge.findings import Unknown
from kogge.hostrun.access import SshAccess
from kogge.hostrun.facts import HostFacts, read_facts


@dataclass(frozen=True, slots=True)
class ObservedHosts:
    """The facts of every host that answered, and why the others did not."""

    facts: Mapping[str, HostFacts]
    unknown: tuple[Unknown, ...]


def observe_hosts(access: SshAccess, hosts: Collection[str], *, programs: bool) -> ObservedHosts:
    """Read every host of ``hosts`` at once; ``programs`` also compares the files of all packages."""
    facts = read_facts(access, hosts, programs=programs)
    unknown = tuple(
        Unknown(None, f"host {name}", reason) for name, read in sorted(facts.items()) for reason in read.unknown
    )
    return ObservedHosts(facts, unknown)
