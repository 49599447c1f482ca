"""The hosts' part of a run: which hosts it takes, which need not run, which must wait, and what became of each.

Databases come before the stacks that use them. A role whose document, keys and code are those of its last apply on a
host is left out there, and a host with none left is skipped. A file with an error must not take a tenant's database
away: a host that serves a blocked tenant waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kogge.deploy.applied import Applied, Record, desired_digest, host_record, read_record, write_record
from kogge.deploy.hosts.documents import run_hosts
from kogge.deploy.keys import ensure_key
from kogge.deploy.outcome import HostOutcome, Result
from kogge.deploy.run import Run
from kogge.deploy.sources import role_code
from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument, derived_values
from kogge.digests import read_digests
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.hostrun import EventKind, HostEvent, HostRunSummary, Outcome, authorized_keys
from kogge.hostrun.run import Progress


def run_host_stage(run: Run, hosts: Sequence[str], progress: Progress) -> tuple[HostOutcome, ...]:
    """Plan or apply the hosts and return what became of each; every error becomes part of an outcome."""
    if not hosts:
        return ()
    try:
        documents = host_documents(run.estate, authorized_keys(run.estate))
    except KoggeError as error:
        return tuple(HostOutcome(h, Result.FAILED, message=error.message, hint=error.hint or "") for h in hosts)
    pending = {name: _pending(run, [d for d in documents if d.host == name]) for name in hosts}
    outcomes: dict[str, HostOutcome] = {}
    for name in hosts:
        if not pending[name]:
            outcomes[name] = HostOutcome(name, Result.SKIPPED)
        elif waiting := _waits_for(run.estate, name):
            outcomes[name] = HostOutcome(
                name,
                Result.FAILED,
                message=f"not changed: it serves {waiting}, whose file has an error",
                hint="kogge validate names the error",
            )
    rest = [name for name in hosts if name not in outcomes]
    if rest:
        # In the order of all documents: a role is applied on every host before the next role.
        todo = [document for document in documents if document.host in rest and document in pending[document.host]]
        outcomes |= _run(run, rest, todo, progress)
    return tuple(outcomes[name] for name in hosts)


def _pending(run: Run, documents: Sequence[HostDocument]) -> list[HostDocument]:
    """Return which of one host's documents were not applied as they are now."""
    record = _record(run.estate, documents[0].host) if documents else {}
    return [d for d in documents if run.force or record.get(d.role) != _inputs(run, d)]


def _run(
    run: Run, hosts: Sequence[str], documents: Sequence[HostDocument], progress: Progress
) -> dict[str, HostOutcome]:
    try:
        if run.apply:
            # Tenants that are new: their databases come before their stacks.
            for owner in _owners(documents):
                ensure_key(run.estate, run.keyring, owner)
        keyring = run.keyring if all(run.keyring.has(owner) for owner in _owners(documents)) else None
        fresh = not any(_record(run.estate, name) for name in hosts)
        summary = run_hosts(
            run.estate,
            keyring,
            hosts=hosts,
            documents=documents,
            check=not run.apply,
            at_once=fresh,
            progress=progress,
        )
    except KoggeError as error:
        return {h: HostOutcome(h, Result.FAILED, message=error.message, hint=error.hint or "") for h in hosts}
    if run.apply:
        _write_records(run, documents, summary)
    return {name: _outcome(name, summary) for name in hosts}


def _write_records(run: Run, documents: Sequence[HostDocument], summary: HostRunSummary) -> None:
    """Record every role that came to its end, also on a host where a later one did not; forget one that failed."""
    outcomes = {(result.host, result.role): result.outcome for result in summary.results}
    for host in dict.fromkeys(document.host for document in documents):
        record = dict(_record(run.estate, host))
        for document in (document for document in documents if document.host == host):
            match outcomes.get((host, document.role), Outcome.NOT_RUN):
                case Outcome.CLEAN | Outcome.CHANGED:
                    record[document.role] = _inputs(run, document)
                case Outcome.FAILED | Outcome.UNREACHABLE:
                    record.pop(document.role, None)
                case Outcome.NOT_RUN:
                    pass
                case unreachable:
                    assert_never(unreachable)
        write_record(host_record(run.estate.root, host), record)


def _owners(documents: Sequence[HostDocument]) -> tuple[str, ...]:
    return tuple(sorted({secret.owner for document in documents for secret in derived_values(document.content)}))


def _outcome(host: str, summary: HostRunSummary) -> HostOutcome:
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


def _waits_for(estate: Estate, host: str) -> str | None:
    """Return a blocked tenant that the host serves or, where nobody knows, might serve."""
    if not estate.blocked:
        return None
    record = _record(estate, host)
    served = {owner for applied in record.values() for owner in applied.owners} if record else set(estate.blocked)
    return min(served & set(estate.blocked), default=None)


def _record(estate: Estate, host: str) -> Record:
    """Return what was applied on a host, by role; empty where nothing is known: it may be another machine by now."""
    machine = _machine(estate, host)
    record = read_record(host_record(estate.root, host))
    return {role: applied for role, applied in record.items() if applied.destination == machine}


def _inputs(run: Run, document: HostDocument) -> Applied:
    """Return the record an apply of this document would leave."""
    owners = _owners([document])
    return Applied(
        desired=desired_digest(document.content, {owner: _fingerprint(run, owner) for owner in owners}),
        code=role_code(document.role),
        destination=_machine(run.estate, document.host),
        owners=owners,
    )


def _fingerprint(run: Run, owner: str) -> str:
    """Return the fingerprint of an owner's key: out of its digests, or of the key itself before there are any."""
    known = read_digests(run.keyring.directory, owner)
    if known is not None:
        return known.fingerprint
    return run.keyring.fingerprint(owner) if run.keyring.has(owner) else ""


def _machine(estate: Estate, host: str) -> str:
    """Return the pinned key of a host: a machine that was installed anew has another one."""
    access = estate.platform.host_access
    try:
        lines = estate.path(access.known_hosts_file).read_text(encoding="utf-8").splitlines() if access else []
    except OSError:
        return ""
    return next((line for line in lines if host in line.partition(" ")[0].split(",")), "")


def describe(event: HostEvent) -> str | None:
    """Return what a progress line says of an event, or None for one that says nothing new."""
    return f"{event.role}: {event.task}" if event.kind is EventKind.START and event.task else None
