"""Chooses what a run does with the hosts: which roles need not run, and which host must wait.

A role whose document, keys and code are those of its last apply on a host is left out there, and a host with none left
is skipped. A file with an error must not take a tenant's database away: a host that serves a blocked tenant waits.
"""

from __future__ import annotations

from collections.abc import Sequence

from kogge.deploy.hosts.recording import applied_roles, inputs
from kogge.deploy.outcome import Result
from kogge.deploy.plan import HostPlan
from kogge.deploy.session import Session
from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.hostrun import authorized_keys


def plan_hosts(session: Session, hosts: Sequence[str], *, force: bool) -> tuple[HostPlan, ...]:
    """Return what is done with each of the hosts; every error becomes part of a plan."""
    try:
        documents = host_documents(session.estate, authorized_keys(session.estate))
    except KoggeError as error:
        return tuple(HostPlan(h, Result.FAILED, message=error.message, hint=error.hint or "") for h in hosts)
    return tuple(_plan(session, host, [d for d in documents if d.host == host], force=force) for host in hosts)


def _plan(session: Session, host: str, documents: Sequence[HostDocument], *, force: bool) -> HostPlan:
    applied = applied_roles(session.estate, host)
    pending = [d for d in documents if force or applied.get(d.role) != inputs(session, d)]
    if not pending:
        return HostPlan(host, Result.SKIPPED)
    if waiting := _waits_for(session.estate, host):
        message = f"not changed: it serves {waiting}, whose file has an error"
        return HostPlan(host, Result.FAILED, message=message, hint="kogge validate names the error")
    return HostPlan(host, Result.UPDATED, tuple(pending))


def _waits_for(estate: Estate, host: str) -> str | None:
    """Return a blocked tenant that the host serves or, where nobody knows, might serve."""
    applied = applied_roles(estate, host)
    served = {owner for role in applied.values() for owner in role.owners} if applied else set(estate.blocked)
    return min(served & set(estate.blocked), default=None)
