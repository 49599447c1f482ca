"""What the hosts run, read by the read-only modules; a host that could not be read is unknown, never clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kogge.desired.hosts.question import FactsQuestion
from kogge.findings import Unknown
from kogge.hostrun.access import Access
from kogge.hostrun.facts import HostFacts, read_facts


@dataclass(frozen=True, slots=True)
class ObservedHosts:
    """The facts of every host that answered, and why the others did not."""

    facts: Mapping[str, HostFacts]
    unknown: tuple[Unknown, ...]


def observe_hosts(access: Access, questions: Mapping[str, FactsQuestion]) -> ObservedHosts:
    """Read every host of ``questions`` at once.

    :raises HostRunError: Ansible could not be started.
    """
    facts = read_facts(access, questions)
    unknown = tuple(
        Unknown(None, f"host {name}", reason) for name, read in sorted(facts.items()) for reason in read.unknown
    )
    return ObservedHosts(facts, unknown)
