"""Previews and applies what is planned for the hosts, and says what became of each.

Databases come before the stacks that use them: a host is done before any stack begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kogge.deploy.hosts.recording import applied_roles, owners_of, record_apply
from kogge.deploy.hosts.roles import apply_roles, check_roles
from kogge.deploy.keys import ensure_key
from kogge.deploy.outcome import HostOutcome, Result
from kogge.deploy.plan import HostPlan
from kogge.deploy.session import Session
from kogge.desired.objects import HostDocument
from kogge.errors import KoggeError
from kogge.hostrun import HostRunSummary, Outcome
from kogge.hostrun.run import Progress


def preview_hosts(session: Session, plans: Sequence[HostPlan], progress: Progress) -> tuple[HostPlan, ...]:
    """Return the plans with what an apply would change; every error becomes part of one."""
    documents = _in_order(plans)
    if not documents:
        return tuple(plans)
    # Without the keys of all of them passwords are left alone.
    keyring = session.keyring if all(session.keyring.has(owner) for owner in owners_of(documents)) else None
    try:
        summary = check_roles(session.estate, keyring, documents, progress=progress)
    except KoggeError as error:
        return tuple(plan.failed(error.message, error.hint or "") if plan.documents else plan for plan in plans)
    return tuple(_previewed(plan, outcome_of(plan.host, summary)) if plan.documents else plan for plan in plans)


def apply_hosts(session: Session, plans: Sequence[HostPlan], progress: Progress) -> tuple[HostOutcome, ...]:
    """Apply the plans and return what became of each host; every error becomes part of that."""
    documents = _in_order(plans)
    if not documents:
        return tuple(plan.outcome() for plan in plans)
    try:
        # Tenants that are new: their databases come before their stacks.
        for owner in owners_of(documents):
            ensure_key(session.estate, session.keyring, owner)
        fresh = not any(applied_roles(session.estate, document.host) for document in documents)
        summary = apply_roles(session.estate, session.keyring, documents, at_once=fresh, progress=progress)
    except KoggeError as error:
        failed = [plan.failed(error.message, error.hint or "") if plan.documents else plan for plan in plans]
        return tuple(plan.outcome() for plan in failed)
    record_apply(session, documents, summary)
    return tuple(outcome_of(plan.host, summary) if plan.documents else plan.outcome() for plan in plans)


def _in_order(plans: Sequence[HostPlan]) -> list[HostDocument]:
    """Return all documents of a run: a role is applied on every host before the next role."""
    documents = (document for plan in plans for document in plan.documents)
    return sorted(documents, key=lambda document: (document.order, document.host))


def _previewed(plan: HostPlan, seen: HostOutcome) -> HostPlan:
    if seen.result is Result.FAILED:
        plan = plan.failed(seen.message, seen.hint)
    return replace(
        plan,
        result=seen.result,
        seconds=seen.seconds,
        changes=seen.changes,
        not_verifiable=seen.not_verifiable,
        foreign=seen.foreign,
    )


def outcome_of(host: str, summary: HostRunSummary) -> HostOutcome:
    """Return what became of a host in a run of Ansible."""
    mine = [result for result in summary.results if result.host == host]
    seconds = sum(result.seconds for result in mine)
    changes = tuple(f"{result.role}: {change}" for result in mine for change in result.changes)
    unverifiable = tuple(dict.fromkeys(note for result in mine for note in result.not_verifiable))
    foreign = tuple(f"{result.role}: {thing}" for result in mine for thing in result.foreign)
    broken = [result for result in mine if result.outcome not in (Outcome.CLEAN, Outcome.CHANGED)]
    if broken:
        message = "; ".join(f"{result.role} {result.outcome}: {result.message}" for result in broken)
        hint = "kogge sandbox status, or ssh to the host; the next run continues"
        return HostOutcome(host, Result.FAILED, seconds, changes, unverifiable, foreign, message, hint)
    result = Result.UPDATED if changes else Result.UNCHANGED
    return HostOutcome(host, result, seconds, changes, unverifiable, foreign)
