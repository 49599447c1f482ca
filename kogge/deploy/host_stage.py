"""The hosts' part of a run: which hosts it takes, which need not run, which must wait, and what became of each.

Databases come before the stacks that use them. A host whose documents, keys and code are those of its last apply is
skipped. A file with an error must not take a tenant's database away: a host that serves a blocked tenant waits.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kogge.atomic import write_atomically
from kogge.deploy.environment import CHECKOUT, state_directory
from kogge.deploy.hosts import run_hosts
from kogge.deploy.outcome import HostOutcome, Result
from kogge.deploy.run import Run
from kogge.derived import Derived
from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument, derived_values
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.hostrun import EventKind, HostEvent, HostRunSummary, Outcome, authorized_keys
from kogge.hostrun.run import Progress
from kogge.keyring import read_digests

_CODE = ("playbooks", "kogge/hostrun", "kogge/desired/hosts")


@dataclass(frozen=True, slots=True)
class _Applied:
    """The record of a host's last apply."""

    digest: str
    owners: tuple[str, ...]
    """Tenants with something on the host."""


def run_host_stage(run: Run, hosts: Sequence[str], progress: Progress) -> tuple[HostOutcome, ...]:
    """Plan or apply the hosts and return what became of each; every error becomes part of an outcome."""
    if not hosts:
        return ()
    try:
        documents = host_documents(run.estate, authorized_keys(run.estate))
    except KoggeError as error:
        return tuple(HostOutcome(h, Result.FAILED, message=error.message, hint=error.hint or "") for h in hosts)
    by_host = {name: [d for d in documents if d.host == name] for name in hosts}
    outcomes: dict[str, HostOutcome] = {}
    for name in hosts:
        if not run.force and _record(run.estate, name) == _inputs(run, by_host[name]):
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
        outcomes |= _run(run, rest, by_host, progress)
    return tuple(outcomes[name] for name in hosts)


def _run(
    run: Run, hosts: Sequence[str], documents: Mapping[str, list[HostDocument]], progress: Progress
) -> dict[str, HostOutcome]:
    began = time.monotonic()
    try:
        if run.apply:
            _make_keys(run, [document for name in hosts for document in documents[name]])
        keyring = run.keyring if all(run.keyring.has(o) for name in hosts for o in _owners(documents[name])) else None
        fresh = all(_record(run.estate, name) is None for name in hosts)
        summary = run_hosts(run.estate, keyring, hosts=hosts, check=not run.apply, at_once=fresh, progress=progress)
    except KoggeError as error:
        return {h: HostOutcome(h, Result.FAILED, message=error.message, hint=error.hint or "") for h in hosts}
    seconds = time.monotonic() - began
    outcomes = {name: _outcome(name, summary, seconds) for name in hosts}
    for name, outcome in outcomes.items():
        if run.apply and outcome.result is not Result.FAILED:
            applied = _inputs(run, documents[name])
            text = json.dumps({"digest": applied.digest, "owners": applied.owners})
            write_atomically(_path(run.estate, name), text)
    return outcomes


def _make_keys(run: Run, documents: Sequence[HostDocument]) -> None:
    """Make the master keys of tenants that are new: their databases come before their stacks."""
    from kogge.deploy.backend import Backend

    for owner in _owners(documents):
        if not run.keyring.has(owner):
            run.keyring.create(owner, has_stack=Backend(run.estate).read(owner) is not None)


def _owners(documents: Sequence[HostDocument]) -> tuple[str, ...]:
    return tuple(sorted({secret.owner for document in documents for secret in derived_values(document.content)}))


def _outcome(host: str, summary: HostRunSummary, seconds: float) -> HostOutcome:
    mine = [result for result in summary.results if result.host == host]
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
    served = set(record.owners) if record else set(estate.blocked)
    return min(served & set(estate.blocked), default=None)


def _path(estate: Estate, host: str) -> Path:
    return state_directory(estate) / "applied" / "hosts" / f"{host}.json"


def _record(estate: Estate, host: str) -> _Applied | None:
    try:
        found = json.loads(_path(estate, host).read_text(encoding="utf-8"))
        return _Applied(found["digest"], tuple(found["owners"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _marker(value: object) -> str:
    if isinstance(value, Derived):
        return value.marker()
    return str(value)


def _inputs(run: Run, documents: Sequence[HostDocument]) -> _Applied:
    """Return the record an apply of these documents would leave."""
    owners = _owners(documents)
    prints = {owner: _fingerprint(run, owner) for owner in owners}
    contents = [[document.role, document.content] for document in documents]
    text = json.dumps([contents, prints, _code(), _known_hosts(run.estate)], default=_marker, sort_keys=True)
    return _Applied(hashlib.sha256(text.encode()).hexdigest(), owners)


def _fingerprint(run: Run, owner: str) -> str:
    """Return the fingerprint of an owner's key: out of its digests, or of the key itself before there are any."""
    known = read_digests(run.keyring.directory, owner)
    if known is not None:
        return known.fingerprint
    return run.keyring.fingerprint(owner) if run.keyring.has(owner) else ""


def _known_hosts(estate: Estate) -> str:
    """Return the pinned host keys: a machine that was made anew has another one and must be applied again."""
    access = estate.platform.host_access
    try:
        return estate.path(access.known_hosts_file).read_text(encoding="utf-8") if access else ""
    except OSError:
        return ""


@functools.cache
def _code() -> str:
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def describe(event: HostEvent) -> str | None:
    """Return what a progress line says of an event, or None for one that says nothing new."""
    return f"{event.role}: {event.task}" if event.kind is EventKind.START and event.task else None
