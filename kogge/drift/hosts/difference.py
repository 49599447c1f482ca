"""One difference on a host, said shortly; pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff

from kogge.findings import Finding, FindingClass, HostRef, Severity
from kogge.json_value import Json

SHOWN_LINES = 20


@dataclass(frozen=True, slots=True)
class On:
    """Where differences are being looked for: one role on one host."""

    host: str
    role: str

    def missing(
        self,
        item: str,
        expected: Json,
        *,
        severity: Severity = Severity.HIGH,
        path: str = "",
        tenant: str | None = None,
    ) -> Finding:
        """Return a finding for something that should be there."""
        return self._finding(FindingClass.MISSING, severity, item, path, expected, None, tenant)

    def foreign(
        self,
        item: str,
        found: Json,
        *,
        severity: Severity = Severity.CRITICAL,
        path: str = "",
        tenant: str | None = None,
    ) -> Finding:
        """Return a finding for something that nobody declared."""
        return self._finding(FindingClass.FOREIGN, severity, item, path, None, found, tenant)

    def changed(
        self,
        item: str,
        path: str,
        expected: Json,
        found: Json,
        *,
        severity: Severity = Severity.HIGH,
        tenant: str | None = None,
    ) -> Finding:
        """Return a finding for something that is there in another way."""
        return self._finding(FindingClass.CHANGED, severity, item, path, expected, found, tenant)

    def _finding(
        self,
        kind: FindingClass,
        severity: Severity,
        item: str,
        path: str,
        expected: Json,
        found: Json,
        tenant: str | None = None,
    ) -> Finding:
        return Finding(kind, severity, tenant, HostRef(self.host, str(self.role), item), path, expected, found)


def text_difference(expected: str, found: str) -> tuple[Json, Json]:
    """Return the lines that only one of two texts has, each with the number of the first of them in the found text."""
    lines = list(unified_diff(expected.splitlines(), found.splitlines(), n=0, lineterm=""))[2:]
    lost = [line[1:] for line in lines if line.startswith("-")]
    new = [line[1:] for line in lines if line.startswith("+")]
    first = next((line.split("+")[1].split(",")[0].split(" ")[0] for line in lines if line.startswith("@@")), "0")
    return (
        {"lines": list(lost[:SHOWN_LINES])},
        {"line": int(first), "lines": list(new[:SHOWN_LINES])},
    )
