"""Hosts against their states: two witnesses, the facts modules and the check run of Ansible; pure.

The facts see what check mode cannot (a rule added at runtime, a superuser); check mode sees what the facts forgot to
ask. What only the second one sees is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kogge.desired.hosts.question import FactsQuestion, facts_question
from kogge.desired.hosts.state import HostState
from kogge.drift.hosts.database import ExpectedSecrets, database_findings, unknown_passwords, unread_databases
from kogge.drift.hosts.difference import On
from kogge.drift.hosts.files import file_findings
from kogge.drift.hosts.packages import package_findings
from kogge.drift.hosts.system import not_verifiable, system_findings
from kogge.estate.models.platform import HostRole
from kogge.findings import Finding, HostRef, Judgement, Unknown
from kogge.hostrun import HostRunSummary, Outcome
from kogge.hostrun.answers import SystemFacts
from kogge.observe.hosts import ObservedHosts
from kogge.trust import KnownDigests


def facts_questions(states: Iterable[HostState], *, programs: bool = True) -> dict[str, FactsQuestion]:
    """Return what to read on each host; ``programs`` as :class:`FactsQuestion` says."""
    return {state.name: facts_question(state, programs=programs) for state in states}


def host_drift(
    states: Iterable[HostState],
    observed: ObservedHosts,
    digests: KnownDigests,
    *,
    witness: HostRunSummary | None = None,
) -> Judgement:
    """Compare what the hosts run with their states.

    ``witness`` is the summary of a check run.
    """
    findings: list[Finding] = []
    unknown = list(observed.unknown)
    silent: list[str] = []
    for state in states:
        host, facts = state.name, observed.facts.get(state.name)
        if facts is None:
            unknown.append(Unknown(None, f"host {host}", "was not read"))
            continue
        if facts.host is not None:
            findings += _machine(state, facts.host)
            silent += [f"{host}: {what}" for what in not_verifiable(state, facts.host)]
        if state.database is not None and facts.database is not None:
            secrets = _secrets(state, digests)
            findings += database_findings(On(host, HostRole.DATABASE), state.database, facts.database, secrets)
            names = unknown_passwords(state.database, facts.database, secrets)
            unknown += [_unknown_password(state, name, digests) for name in names]
            unknown += [
                Unknown(tenant, f"host {host} database {name}", reason)
                for name, tenant, reason in unread_databases(state.database, facts.database)
            ]
    if witness is not None:
        findings += _witnessed(witness, findings)
        unknown += _unwitnessed(witness)
    return Judgement(tuple(_unique(findings)), tuple(unknown), tuple(silent))


def _machine(state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    on = On(state.name, HostRole.BASELINE)
    yield from file_findings(state, facts)
    yield from package_findings(on, state, facts)
    yield from system_findings(on, state, facts)


def _secrets(state: HostState, digests: KnownDigests) -> ExpectedSecrets:
    known = {name: digests.of(verifier) for name, verifier in state.verifiers.items()}
    return ExpectedSecrets({name: digest for name, digest in known.items() if digest is not None})


def _unknown_password(state: HostState, role: str, digests: KnownDigests) -> Unknown:
    owner = state.verifiers[role].owner
    reason = f"there is no digest of its password's verifier; `kogge up {owner} --force` writes it"
    return digests.untrusted.get(owner) or Unknown(None, f"host {state.name} role {role}", reason)


def _witnessed(witness: HostRunSummary, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what the check run would change on a host and role for which the facts found nothing."""
    seen = {(f.where.host, f.where.role) for f in findings if isinstance(f.where, HostRef)}
    for result in witness.results:
        if result.outcome is Outcome.CHANGED and (result.host, result.role) not in seen:
            for change in result.changes:
                task, _, what = change.partition(": ")
                yield On(result.host, result.role).changed(task, "", "no change in a check run", what or "would change")


def _unwitnessed(witness: HostRunSummary) -> Iterator[Unknown]:
    for result in witness.results:
        if result.outcome in (Outcome.FAILED, Outcome.UNREACHABLE, Outcome.NOT_RUN):
            yield Unknown(None, f"host {result.host} {result.role}", f"check run: {result.message}")


def _unique(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    for finding in findings:
        if finding.id not in seen:
            seen.add(finding.id)
            yield finding
