"""Files of a host against its documents, closed-world; pure.

A file is ours, a package's as it came, Debian's own, or a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kogge.drift.hosts.difference import On, text_difference
from kogge.findings import Finding, Severity

_UNIT_DIRECTORY: Final = "/etc/systemd/system/"
_OTHERS_WRITE: Final = 0o022
_RIGHTS: Final = ("mode", "owner", "group")


def file_findings(
    on: On, managed: Sequence[Mapping[str, str]], document: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Yield the differences of ``files`` (path -> fact) from the managed files and from what else may be there.

    ``document`` holds ``access_files``, ``generated``, ``started_units``, ``masked_units`` and ``absent_files`` of all
    roles.
    """
    ours = {file["path"]: file for file in managed}
    for path, wanted in ours.items():
        severity = Severity.CRITICAL if path in document["access_files"] else Severity.HIGH
        yield from _managed(on, wanted, files.get(path), severity)
    for path, wanted in document["generated"].items():
        if path in files:
            yield from _generated(on, path, wanted, files[path])
    for path, fact in files.items():
        if path in ours or path in document["generated"]:
            continue
        yield from _other(on, path, fact, document)


def _managed(
    on: On, wanted: Mapping[str, str], fact: Mapping[str, Any] | None, severity: Severity
) -> Iterator[Finding]:
    path = wanted["path"]
    if fact is None:
        yield on.missing(path, "a file of this role", severity=severity)
    elif fact["kind"] != "file":
        yield on.changed(path, "/kind", "file", fact["kind"], severity=severity)
    else:
        if fact["frozen"]:
            yield on.changed(path, "/attributes", "may be written by a run", "immutable or append-only")
        if fact["content"] != wanted["content"]:
            expected, found = text_difference(wanted["content"], fact["content"])
            yield on.changed(path, "/content", expected, found, severity=severity)
        yield from _rights(on, path, wanted, fact, severity)


def _rights(
    on: On, path: str, wanted: Mapping[str, str], fact: Mapping[str, Any], severity: Severity = Severity.HIGH
) -> Iterator[Finding]:
    for right in _RIGHTS:
        if fact[right] != wanted[right]:
            yield on.changed(path, f"/{right}", wanted[right], fact[right], severity=severity)


def _generated(on: On, path: str, wanted: Mapping[str, Any], fact: Mapping[str, Any]) -> Iterator[Finding]:
    if fact["kind"] != "file":
        yield on.changed(path, "/kind", "file", fact["kind"])
        return
    if wanted["sha256"] and fact["sha256"] not in wanted["sha256"]:
        yield on.changed(path, "/content", {"sha256": wanted["sha256"][0]}, {"sha256": fact["sha256"]})
    yield from _rights(on, path, wanted, fact)


def _other(on: On, path: str, fact: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with a path that no role owns."""
    # Debian keeps /usr/local writable for the group staff, which has no member.
    staff = fact["mode"] == "2775" and fact["group"] == "staff"
    if fact["kind"] != "link" and int(fact["mode"], 8) & _OTHERS_WRITE and not staff:
        yield on.changed(path, "/mode", "writable by its owner alone", fact["mode"])
    if fact["owner"] != "root" and not _owned_by_postgres(path, fact):
        yield on.changed(path, "/owner", "root", fact["owner"])
    if fact["kind"] == "directory":
        return
    if fact["packaged"]:
        if fact.get("pristine") is False:
            yield on.changed(path, "/content", "as its package brought it", {"sha256": fact["sha256"]})
    elif not _expected_link(path, fact, document):
        severity = Severity.LOW if fact.get("target") == "/dev/null" else Severity.CRITICAL
        yield on.foreign(path, _told(fact), severity=severity)


def _owned_by_postgres(path: str, fact: Mapping[str, Any]) -> bool:
    return path.startswith("/etc/postgresql/") and fact["owner"] == "postgres"


def _expected_link(path: str, fact: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Tell whether a link is how systemd remembers that a unit is enabled or masked."""
    if path == "/usr/local/man":
        return bool(fact.get("target") == "share/man")
    if fact["kind"] != "link" or not path.startswith(_UNIT_DIRECTORY):
        return False
    unit = path.rsplit("/", 1)[1]
    if fact["target"] == "/dev/null":
        return unit in document["masked_units"]
    return unit in document["started_units"] and fact["target"].startswith(
        ("/lib/systemd/system/", "/usr/lib/systemd/")
    )


def _told(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {key: fact[key] for key in ("kind", "target", "mode", "owner", "sha256") if key in fact}
