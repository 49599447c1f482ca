"""Hosts against their states, by the facts that each host's own program read; pure.

The facts see what check mode of Ansible cannot (a rule added at runtime, a superuser). Check mode would see what the
facts forgot to ask; it needs root on every host, so it belongs to the identity of ``up``: ``kogge plan`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kogge.desired.hosts.nightly import DATABASE_QUESTION, QUESTION
from kogge.desired.hosts.state import HostState
from kogge.drift.hosts.database import ExpectedSecrets, database_findings, unknown_passwords, unread_databases
from kogge.drift.hosts.difference import On
from kogge.drift.hosts.files import file_findings
from kogge.drift.hosts.packages import package_findings
from kogge.drift.hosts.system import not_verifiable, system_findings, unanswered
from kogge.estate.models.platform import HostRole
from kogge.findings import Finding, Judgement, Unknown
from kogge.hostrun.answers import SystemFacts
from kogge.hostrun.facts import HostFacts
from kogge.observe.hosts import ObservedHosts
from kogge.trust import KnownDigests


def host_drift(states: Iterable[HostState], observed: ObservedHosts, digests: KnownDigests) -> Judgement:
    """Compare what the hosts run with their states."""
    findings: list[Finding] = []
    unknown = list(observed.unknown)
    silent: list[str] = []
    for state in states:
        host, facts = state.name, observed.facts.get(state.name)
        if facts is None:
            unknown.append(Unknown(None, f"host {host}", "was not read"))
            continue
        unknown += _asked_otherwise(state, facts)
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
    return Judgement(tuple(_unique(findings)), tuple(unknown), tuple(silent))


def _machine(state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    on = On(state.name, HostRole.BASELINE)
    yield from file_findings(state, facts)
    yield from package_findings(on, state, facts)
    yield from system_findings(on, state, facts)


def _asked_otherwise(state: HostState, facts: HostFacts) -> Iterator[Unknown]:
    """Yield that a host was asked what an earlier run wrote down: what came after it was not looked at."""
    if facts.host is None:
        return
    found = facts.host.files
    questions = [file for file in state.files if file.path in (QUESTION, DATABASE_QUESTION)]
    other = [file for file in questions if file.path not in found or found[file.path].sha256 != file.sha256]
    missing = [*unanswered(state, facts.host)]
    if state.database is not None and facts.database is None and not facts.unknown:
        missing.append("PostgreSQL")
    if other or missing:
        reason = "it is asked what an earlier run wrote down, so what is newer was not compared"
        told = f" ({', '.join(missing)})" if missing else ""
        yield Unknown(None, f"host {state.name}", f"{reason}{told}: run 'kogge up --all'")


def _secrets(state: HostState, digests: KnownDigests) -> ExpectedSecrets:
    known = {name: digests.of(verifier) for name, verifier in state.verifiers.items()}
    return ExpectedSecrets({name: digest for name, digest in known.items() if digest is not None})


def _unknown_password(state: HostState, role: str, digests: KnownDigests) -> Unknown:
    owner = state.verifiers[role].owner
    reason = f"there is no digest of its password's verifier; `kogge up {owner} --force` writes it"
    return digests.untrusted.get(owner) or Unknown(None, f"host {state.name} role {role}", reason)


def _unique(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    for finding in findings:
        if finding.id not in seen:
            seen.add(finding.id)
            yield finding
