"""Values and counts in a person's words, for every form of report."""

from __future__ import annotations

import json
from typing import Any, assert_never

from kogge.findings import Finding, FindingClass


def sentence(finding: Finding) -> str:
    """Return what differs, in one line."""
    match finding.classification:
        case FindingClass.MISSING:
            return "declared, and not there"
        case FindingClass.FOREIGN:
            return "nobody declared it" + (f": {short(finding.found)}" if finding.found is not None else "")
        case FindingClass.CHANGED | FindingClass.PENDING | FindingClass.EXPOSED:
            if finding.expected is None and finding.found is None:
                return "not applied yet"
            if finding.expected is None:
                return f"added: {short(finding.found)}"
            if finding.found is None:
                return f"removed: {short(finding.expected)}"
            return f"{short(finding.expected)} → {short(finding.found)}"
        case unreachable:
            assert_never(unreachable)


def short(value: Any, width: int = 120) -> str:  # noqa: ANN401 (any JSON value)
    """Return a JSON value in one line, cut to ``width`` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def counted(number: int, word: str) -> str:
    """Return a number with its word: ``1 finding``, ``3 findings``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
