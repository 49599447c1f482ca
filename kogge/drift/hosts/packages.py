"""Packages of a host: which there are, where they come from, and whether they are still as they came; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kogge.desired.hosts.parts import Packages, PackageSources
from kogge.desired.hosts.state import HostState
from kogge.drift.hosts.difference import On
from kogge.drift.hosts.files import told
from kogge.findings import Finding, Severity
from kogge.hostrun.answers import SourceFact, SystemFacts
from kogge.json_value import Json, JsonObject

_SHOWN: Final = 100


def package_findings(on: On, state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    """Yield every difference of packages, their sources and their files."""
    system = state.system
    yield from _packages(on, state.packages, facts)
    yield from _sources(on, system.apt, facts.sources)
    yield from _altered(on, state, facts)
    for path, fact in facts.foreign_programs.items():
        if not path.startswith(system.package_data):
            yield on.foreign(path, told(fact))
    for path in facts.diverted:
        yield on.foreign(path, "moved aside by hand, so that another file takes its place", path="/diversion")


def _packages(on: On, wanted: Packages, facts: SystemFacts) -> Iterator[Finding]:
    for name in wanted.present:
        if name not in facts.packages:
            yield on.missing(f"package {name}", "installed")
    for name in wanted.absent:
        if name in facts.packages:
            yield on.foreign(f"package {name}", facts.packages[name], severity=Severity.HIGH)
    for name in facts.held:
        yield on.changed(f"package {name}", "/held", "gets security updates", "held back")


def _sources(on: On, apt: PackageSources, sources: Iterable[SourceFact]) -> Iterator[Finding]:
    suites = set()
    for source in sources:
        if source.unreadable is not None:
            item = f"{source.file} line {source.line}"
            yield on.foreign(item, source.unreadable, severity=Severity.HIGH, path="/source")
            continue
        reasons = list(_objections(apt, source))
        if reasons:
            place: JsonObject = {"file": source.file, "line": source.line, "why": [*reasons]}
            yield on.foreign(f"package source {source.uri} {source.suite}", place)
        else:
            suites.add(source.suite)
    for suite in sorted(set(apt.needed_suites) - suites):
        yield on.missing(f"package source {suite}", "a source of security updates")


def _objections(apt: PackageSources, source: SourceFact) -> Iterator[str]:
    """Yield why packages must not come from a source."""
    if source.suite not in apt.suites:
        yield f"the suite is none of {', '.join(apt.suites)}"
    for component in source.components:
        if component not in apt.components:
            yield f"the component {component} is none of {', '.join(apt.components)}"
    if apt.mirrors and source.uri.rstrip("/") not in apt.mirrors:
        yield "the mirror is none of platform.yaml"
    for option, value in source.options.items():
        if option == "signed-by" and all(key.startswith(apt.keyrings) for key in value.replace(",", " ").split()):
            continue
        if option not in apt.harmless_options:
            yield f"the option {option}={value[:_SHOWN]} changes what is trusted"


def _altered(on: On, state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    ours, generated = state.file_roles, state.places.generated
    for path, what in facts.altered.items():
        if path in ours or path in generated:
            continue
        if what == "missing":
            yield on.missing(path, "a file of a package")
        else:
            fact = facts.files.get(path)
            found: Json = {"sha256": fact.sha256} if fact is not None and fact.sha256 else "altered"
            yield on.changed(path, "/content", "as its package brought it", found)
