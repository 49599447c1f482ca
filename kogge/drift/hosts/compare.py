"""Hosts against their documents: two witnesses, the facts modules and the check run of Ansible; pure.

The facts see what check mode cannot (a rule added at runtime, a superuser); check mode sees what the facts forgot to
ask. What only the second one sees is a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kogge.derived import Derived
from kogge.desired.objects import HostDocument
from kogge.drift.hosts.database import ExpectedSecrets, database_findings, unknown_passwords
from kogge.drift.hosts.difference import On
from kogge.drift.hosts.files import file_findings
from kogge.drift.hosts.packages import package_findings
from kogge.drift.hosts.system import not_verifiable, system_findings
from kogge.findings import Finding, HostRef, Judgement, Unknown
from kogge.hostrun import HostRunSummary, Outcome
from kogge.hostrun.facts import FactsQuestion
from kogge.observe.hosts import ObservedHosts

BASELINE: Final = "baseline"
DATABASE: Final = "database"
DigestOf = Callable[[Derived], str | None]
"""SHA-256 of a derived value in hex, as ``keys/<owner>.digests`` has it, or None where it has none."""


def facts_questions(documents: Iterable[HostDocument], *, programs: bool = True) -> dict[str, FactsQuestion]:
    """Return what to read on each host that has documents; ``programs`` as :class:`FactsQuestion` says."""
    return {host: _question(roles, programs=programs) for host, roles in _by_host(documents).items()}


def host_drift(
    documents: Sequence[HostDocument],
    observed: ObservedHosts,
    digest_of: DigestOf,
    *,
    witness: HostRunSummary | None = None,
) -> Judgement:
    """Compare what the hosts run with their documents.

    ``witness`` is the summary of a check run.
    """
    findings: list[Finding] = []
    unknown = list(observed.unknown)
    silent: list[str] = []
    for host, roles in _by_host(documents).items():
        facts = observed.facts.get(host)
        if facts is None:
            unknown.append(Unknown(None, f"host {host}", "was not read"))
            continue
        if facts.host is not None:
            findings += _baseline(host, roles, facts.host)
            silent += [f"{host}: {what}" for what in not_verifiable(_merged(roles), facts.host)]
        if DATABASE in roles and facts.database is not None:
            secrets = _secrets(roles[DATABASE], digest_of)
            findings += database_findings(On(host, DATABASE), roles[DATABASE], facts.database, secrets)
            names = unknown_passwords(roles[DATABASE], facts.database, secrets)
            unknown += [Unknown(None, f"host {host} role {name}", "nothing is known of its password") for name in names]
    if witness is not None:
        findings += _witnessed(witness, findings)
        unknown += _unwitnessed(witness)
    return Judgement(tuple(_unique(findings)), tuple(unknown), tuple(silent))


def _by_host(documents: Iterable[HostDocument]) -> dict[str, dict[str, Mapping[str, Any]]]:
    hosts: dict[str, dict[str, Mapping[str, Any]]] = {}
    for document in documents:
        hosts.setdefault(document.host, {})[document.role] = document.content
    return hosts


def _managed(roles: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Mapping[str, str]]]:
    """Return the files each role owns."""
    files = {BASELINE: [file for group in roles[BASELINE]["files"].values() for file in group]}
    if DATABASE in roles:
        files[DATABASE] = [*roles[DATABASE]["files"], roles[DATABASE]["creation"]]
    return files


def _question(roles: Mapping[str, Mapping[str, Any]], *, programs: bool) -> FactsQuestion:
    merged = _merged(roles)
    return FactsQuestion(
        managed=tuple(file["path"] for files in _managed(roles).values() for file in files),
        watched=tuple(place for content in roles.values() for place in content["watched"]),
        firewall=roles[BASELINE]["files"]["firewall"][0]["content"],
        settings=tuple(merged["settings"]),
        units=(*merged["enabled_units"], *merged["masked_units"]),
        database_port=roles[DATABASE]["port"] if DATABASE in roles else None,
        programs=programs,
    )


def _merged(roles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all roles of a host say together of the things they share."""
    baseline, others = roles[BASELINE], [content for role, content in roles.items() if role != BASELINE]
    enabled = [*baseline["units"]["enabled"], *(unit for other in others for unit in other["enabled_units"])]
    groups: dict[str, list[str]] = {"sudo": list(baseline["administrators"])}
    for other in others:
        groups |= other["group_members"]
    return {
        "host": baseline["host"],
        "access_files": [path for content in roles.values() for path in content["access_files"]],
        "apt": baseline["apt"],
        "package_data": baseline["package_data"],
        "sshd": baseline["sshd"],
        "settings": baseline["kernel"]["settings"],
        "unwanted_modules": baseline["kernel"]["unwanted_modules"],
        "unwanted_packages": baseline["packages"]["absent"],
        "masked_units": baseline["units"]["masked"],
        "setuid_files": baseline["setuid_files"],
        "enabled_units": enabled,
        "started_units": [*baseline["started_units"], *enabled],
        "packages": [name for content in roles.values() for name in content["packages"]["present"]],
        "logins": [name for content in roles.values() for name in content["logins"]],
        "listening": [socket for content in roles.values() for socket in content["listening"]],
        "generated": {path: fact for content in roles.values() for path, fact in content["generated"].items()},
        "group_members": groups,
    }


def _baseline(host: str, roles: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> Iterator[Finding]:
    merged, managed = _merged(roles), _managed(roles)
    everything = [file for files in managed.values() for file in files]
    owner = {file["path"]: role for role, files in managed.items() for file in files}
    for finding in file_findings(On(host, BASELINE), everything, merged, facts["files"]):
        where = finding.where
        if isinstance(where, HostRef) and owner.get(where.item, BASELINE) != BASELINE:
            yield replace(finding, where=replace(where, role=owner[where.item]))
        else:
            yield finding
    yield from package_findings(On(host, BASELINE), merged, facts, owner)
    yield from system_findings(On(host, BASELINE), merged, facts)


def _secrets(document: Mapping[str, Any], digest_of: DigestOf) -> ExpectedSecrets:
    salts = {name: digest_of(entry["scram"]["salt"]) for name, entry in document["verifiers"].items()}
    return ExpectedSecrets({name: digest for name, digest in salts.items() if digest is not None})


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
