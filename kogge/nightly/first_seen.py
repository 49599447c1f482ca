"""Since when a difference is there, as the nightly checks of this machine know it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from kogge.atomic import write_atomically
from kogge.findings import Finding


def read_first_seen(path: Path) -> Mapping[str, datetime]:
    """Return when each finding was seen first; nothing where there is no record that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): datetime.fromisoformat(text).astimezone(UTC) for name, text in document["findings"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def seen_now(known: Mapping[str, datetime], findings: Iterable[Finding], now: datetime) -> Mapping[str, datetime]:
    """Return the record after a check: findings that are gone are forgotten, new ones begin now."""
    return {finding.id: known.get(finding.id, now) for finding in findings}


def write_first_seen(path: Path, seen: Mapping[str, datetime]) -> None:
    """Keep the record."""
    findings = {name: time.astimezone(UTC).isoformat(timespec="seconds") for name, time in sorted(seen.items())}
    write_atomically(path, json.dumps({"version": 1, "findings": findings}, indent=1) + "\n")
