"""Packages of a host: which there are, where they come from, and whether they are still as they came; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from kogge.drift.hosts.difference import On
from kogge.findings import Finding, Severity

Facts = Mapping[str, Any]
_SHOWN: Final = 100
_HARMLESS_OPTIONS: Final = ("arch", "architectures", "lang", "languages")


def package_findings(on: On, document: Facts, facts: Facts, owned: Collection[str]) -> Iterator[Finding]:
    """Yield every difference of packages, their sources and their files; ``owned`` are the paths that roles write."""
    yield from _packages(on, document, facts)
    yield from _sources(on, document["apt"], facts["sources"])
    yield from _altered(on, document, facts, owned)
    for path, fact in facts["foreign_programs"].items():
        if not path.startswith(tuple(document["package_data"])):
            told = {key: fact[key] for key in ("kind", "target", "mode", "owner", "sha256") if key in fact}
            yield on.foreign(path, told)
    for path in facts["diverted"]:
        yield on.foreign(path, "moved aside by hand, so that another file takes its place", path="/diversion")


def _packages(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    for name in document["packages"]:
        if name not in facts["packages"]:
            yield on.missing(f"package {name}", "installed")
    for name in document["unwanted_packages"]:
        if name in facts["packages"]:
            yield on.foreign(f"package {name}", facts["packages"][name], severity=Severity.HIGH)
    for name in facts["held"]:
        yield on.changed(f"package {name}", "/held", "gets security updates", "held back")


def _sources(on: On, apt: Facts, sources: Collection[Facts]) -> Iterator[Finding]:
    suites = set()
    for source in sources:
        place = {"file": source["file"], "line": source["line"]}
        if "unreadable" in source:
            item = f"{source['file']} line {source['line']}"
            yield on.foreign(item, source["unreadable"], severity=Severity.HIGH, path="/source")
            continue
        reasons = list(_objections(apt, source))
        if reasons:
            yield on.foreign(f"package source {source['uri']} {source['suite']}", {**place, "why": [*reasons]})
        else:
            suites.add(source["suite"])
    for suite in sorted(set(apt["needed_suites"]) - suites):
        yield on.missing(f"package source {suite}", "a source of security updates")


def _objections(apt: Facts, source: Facts) -> Iterator[str]:
    """Yield why packages must not come from a source."""
    if source["suite"] not in apt["suites"]:
        yield f"the suite is none of {', '.join(apt['suites'])}"
    for component in source["components"]:
        if component not in apt["components"]:
            yield f"the component {component} is none of {', '.join(apt['components'])}"
    if apt["mirrors"] and source["uri"].rstrip("/") not in apt["mirrors"]:
        yield "the mirror is none of platform.yaml"
    for option, value in source["options"].items():
        if option == "signed-by" and all(key.startswith(apt["keyrings"]) for key in value.replace(",", " ").split()):
            continue
        if option not in _HARMLESS_OPTIONS:
            yield f"the option {option}={value[:_SHOWN]} changes what is trusted"


def _altered(on: On, document: Facts, facts: Facts, owned: Collection[str]) -> Iterator[Finding]:
    for path, what in facts["altered"].items():
        if path in owned or path in document["generated"]:
            continue
        if what == "missing":
            yield on.missing(path, "a file of a package")
        else:
            sha256 = facts["files"].get(path, {}).get("sha256")
            yield on.changed(path, "/content", "as its package brought it", {"sha256": sha256} if sha256 else "altered")
