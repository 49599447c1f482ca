"""What the nightly check consists of, one after the other. Each returns what it found; one that fails is an unknown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import assert_never

from kogge import places
from kogge.errors import KoggeError
from kogge.estate.estate import PLATFORM, Estate
from kogge.findings import Judgement, Unknown
from kogge.nightly.clusters import check_clusters
from kogge.trust import known_digests


class OnHosts(StrEnum):
    """What the check does on hosts; it writes on none of them."""

    NOTHING = "nothing"
    GLANCE = "glance"
    """Reads what runs there and compares it, and leaves out what takes seconds of processor on each host."""
    READ = "read"
    """Also compares the files of all packages with their checksums."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """What a reader of the report must not take for checked."""
        witness = "what Ansible would change on hosts ('kogge plan --all --force' asks it, as the identity of 'up')"
        match self:
            case OnHosts.NOTHING:
                return ("hosts",)
            case OnHosts.GLANCE:
                return ("checksums of the programs on hosts", witness)
            case OnHosts.READ:
                return (witness,)
            case unreachable:
                assert_never(unreachable)


@dataclass(frozen=True, slots=True)
class NightlyCheck:
    """One part of the nightly check."""

    name: str
    run: Callable[[Estate], Judgement]


def checks_of(estate: Estate, on_hosts: OnHosts) -> tuple[NightlyCheck, ...]:
    """Return what is checked: the clusters, and hosts where there are any and they are asked for."""
    clusters = NightlyCheck("clusters", _check_clusters)
    if on_hosts is OnHosts.NOTHING or not estate.platform.hosts:
        return (clusters,)
    return (clusters, NightlyCheck("hosts", partial(_check_hosts, on_hosts=on_hosts)))


def run_checks(estate: Estate, checks: Iterable[NightlyCheck]) -> Judgement:
    """Run every check; none stops the others."""
    found = Judgement()
    for check in checks:
        try:
            found += check.run(estate)
        except KoggeError as error:
            found += Judgement(unknown=(Unknown(None, check.name, error.message),))
        except Exception as error:
            # A fault of Kogge's own must not cost the whole report; what it did not see is unknown, never clean.
            if os.environ.get("KOGGE_DEBUG"):
                raise
            reason = f"internal fault: {type(error).__name__}; run with KOGGE_DEBUG=1 and report the traceback"
            found += Judgement(unknown=(Unknown(None, check.name, reason),))
    # What several checks cannot judge for one cause is told once.
    return replace(found, unknown=tuple(dict.fromkeys(found.unknown)))


def _check_clusters(estate: Estate) -> Judgement:
    digests = known_digests(estate, (PLATFORM, *estate.tenants))
    found = check_clusters(estate, digests, learned=places.learned(estate.root))
    return found + Judgement(unknown=tuple(digests.untrusted.values()))


def _check_hosts(estate: Estate, *, on_hosts: OnHosts) -> Judgement:
    # Its imports are paid only where there are hosts to look at.
    from kogge.nightly.hosts import check_hosts

    return check_hosts(estate, programs=on_hosts is not OnHosts.GLANCE)
