"""What was applied on a host, by role, and what an apply would be made from now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kogge.deploy.applied import Applied, Record, desired_digest, host_record, read_record, write_record
from kogge.deploy.session import Session
from kogge.deploy.sources import role_code
from kogge.derived import derived_values
from kogge.desired.objects import HostDocument
from kogge.estate.estate import Estate
from kogge.hostrun import HostRunSummary, Outcome
from kogge.trust import trusted_digests


def applied_roles(estate: Estate, host: str) -> Record:
    """Return what was applied on a host, by role; empty where nothing is known: it may be another machine by now."""
    machine = _machine(estate, host)
    record = read_record(host_record(estate.root, host))
    return {role: applied for role, applied in record.items() if applied.destination == machine}


def inputs(session: Session, document: HostDocument) -> Applied:
    """Return the record that an apply of this document would leave."""
    owners = owners_of([document])
    return Applied(
        desired=desired_digest(document.content, {owner: _fingerprint(session, owner) for owner in owners}),
        code=role_code(document.role),
        destination=_machine(session.estate, document.host),
        owners=owners,
    )


def owners_of(documents: Sequence[HostDocument]) -> tuple[str, ...]:
    """Return the tenants whose secrets are in the documents."""
    return tuple(sorted({secret.owner for document in documents for secret in derived_values(document.content)}))


def record_apply(session: Session, documents: Sequence[HostDocument], summary: HostRunSummary) -> None:
    """Record every role that came to its end, also on a host where a later one did not; forget one that failed."""
    outcomes = {(result.host, result.role): result.outcome for result in summary.results}
    for host in dict.fromkeys(document.host for document in documents):
        record = dict(applied_roles(session.estate, host))
        for document in (document for document in documents if document.host == host):
            match outcomes.get((host, document.role), Outcome.NOT_RUN):
                case Outcome.CLEAN | Outcome.CHANGED:
                    record[document.role] = inputs(session, document)
                case Outcome.FAILED | Outcome.UNREACHABLE:
                    record.pop(document.role, None)
                case Outcome.NOT_RUN:
                    pass
                case unreachable:
                    assert_never(unreachable)
        write_record(host_record(session.estate.root, host), record)


def _fingerprint(session: Session, owner: str) -> str:
    """Return the fingerprint of an owner's key out of its digests; empty before there is one."""
    known = trusted_digests(session.estate, owner)
    return known.fingerprint if known is not None and session.keyring.has(owner) else ""


def _machine(estate: Estate, host: str) -> str:
    """Return the pinned key of a host: a machine that was installed anew has another one."""
    access = estate.platform.host_access
    try:
        lines = estate.path(access.known_hosts_file).read_text(encoding="utf-8").splitlines() if access else []
    except OSError:
        return ""
    return next((line for line in lines if host in line.partition(" ")[0].split(",")), "")
