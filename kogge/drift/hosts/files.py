"""Files of a host against its state, closed-world; pure.

A file is ours, a package's as it came, Debian's own, or a finding of the role that owns it, else of the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.parts import GeneratedFile, Places, Units
from kogge.desired.hosts.state import HostState
from kogge.drift.hosts.difference import On, text_difference
from kogge.estate.models.platform import HostRole
from kogge.findings import Finding, Severity
from kogge.hostrun.answers import FileFact, SystemFacts
from kogge.json_value import Json

_UNIT_DIRECTORY: Final = "/etc/systemd/system/"
_PACKAGED_UNITS: Final = ("/lib/systemd/system/", "/usr/lib/systemd/")
_NEVER: Final = "/dev/null"
"""Where the link of a masked unit leads."""
_OTHERS_WRITE: Final = 0o022


def file_findings(state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    """Yield the differences of the files from the managed ones and from what else may be there."""
    ours, places, units = state.file_roles, state.places, state.units
    for file in state.files:
        yield from _managed(On(state.name, ours[file.path]), file, facts.files.get(file.path))
    on = On(state.name, HostRole.BASELINE)
    for path, generated in places.generated.items():
        if path in facts.files:
            yield from _generated(on, path, generated, facts.files[path])
    for path, fact in facts.files.items():
        if path not in ours and path not in places.generated:
            yield from _other(on, path, fact, places, units)


def told(fact: FileFact) -> dict[str, Json]:
    """Return what a report says of a file that nobody declared."""
    said = {"kind": fact.kind, "target": fact.target, "mode": fact.mode, "owner": fact.owner, "sha256": fact.sha256}
    return {name: value for name, value in said.items() if value is not None}


def _managed(on: On, wanted: ManagedFile, fact: FileFact | None) -> Iterator[Finding]:
    path, severity = wanted.path, Severity.CRITICAL if wanted.decides_access else Severity.HIGH
    if fact is None:
        yield on.missing(path, "a file of this role", severity=severity)
    elif fact.kind != "file":
        yield on.changed(path, "/kind", "file", fact.kind, severity=severity)
    else:
        if fact.frozen:
            yield on.changed(path, "/attributes", "may be written by a run", "immutable or append-only")
        if fact.sha256 != wanted.sha256:
            expected, found = _content_difference(wanted, fact)
            yield on.changed(path, "/content", expected, found, severity=severity)
        yield from _rights(on, path, wanted, fact, severity)


def _content_difference(wanted: ManagedFile, fact: FileFact) -> tuple[Json, Json]:
    """Return what a report says of two contents: lines, or digests where the content stays on the host."""
    if wanted.told and fact.content is not None and fact.content != wanted.content:
        return text_difference(wanted.content, fact.content)
    return {"sha256": wanted.sha256}, {"sha256": fact.sha256}


def _rights(
    on: On, path: str, wanted: ManagedFile | GeneratedFile, fact: FileFact, severity: Severity = Severity.HIGH
) -> Iterator[Finding]:
    rights = (
        ("mode", wanted.mode, fact.mode),
        ("owner", wanted.owner, fact.owner),
        ("group", wanted.group, fact.group),
    )
    for right, expected, found in rights:
        if found != expected:
            yield on.changed(path, f"/{right}", expected, found, severity=severity)


def _generated(on: On, path: str, wanted: GeneratedFile, fact: FileFact) -> Iterator[Finding]:
    if fact.kind != "file":
        yield on.changed(path, "/kind", "file", fact.kind)
        return
    if wanted.sha256 and fact.sha256 not in wanted.sha256:
        yield on.changed(path, "/content", {"sha256": wanted.sha256[0]}, {"sha256": fact.sha256})
    yield from _rights(on, path, wanted, fact)


def _other(on: On, path: str, fact: FileFact, places: Places, units: Units) -> Iterator[Finding]:
    """Yield what is wrong with a path that no role owns."""
    shared = places.group_writable.get(fact.group) == fact.mode
    if fact.kind != "link" and int(fact.mode, 8) & _OTHERS_WRITE and not shared:
        yield on.changed(path, "/mode", "writable by its owner alone", fact.mode)
    if fact.owner not in _owners(path, places):
        yield on.changed(path, "/owner", "root", fact.owner)
    if fact.kind == "directory":
        return
    if fact.packaged:
        if fact.pristine is False:
            yield on.changed(path, "/content", "as its package brought it", {"sha256": fact.sha256})
    elif not _expected_link(path, fact, places, units):
        severity = Severity.LOW if fact.target == _NEVER else Severity.CRITICAL
        yield on.foreign(path, told(fact), severity=severity)


def _owners(path: str, places: Places) -> tuple[str, ...]:
    return ("root", *(owner for directory, owner in places.owners.items() if path.startswith(directory)))


def _expected_link(path: str, fact: FileFact, places: Places, units: Units) -> bool:
    """Tell whether a link is Debian's own, or how systemd remembers that a unit is enabled or masked."""
    if path in places.links:
        return fact.target == places.links[path]
    if fact.target is None or not path.startswith(_UNIT_DIRECTORY):
        return False
    unit = path.rsplit("/", 1)[1]
    if fact.target == _NEVER:
        return unit in units.masked
    return unit in (*units.enabled, *units.tolerated) and fact.target.startswith(_PACKAGED_UNITS)
