"""The checks as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence

from kogge.doctor.check import Check


def as_text(checks: Sequence[Check]) -> str:
    """Return one line per check under its section, and below a bad one what was expected and the next step."""
    lines: list[str] = []
    section = None
    width = max(len(check.name) for check in checks)
    for check in checks:
        if check.section is not section:
            section = check.section
            lines += [*([""] if lines else []), str(section)]
        mark = "ok" if check.ok else "note" if check.optional else "MISSING"
        lines.append(f"  {mark:<8}{check.name:<{width}}  {check.found}")
        if not check.ok:
            lines += [f"{'':10}expected: {check.expected}", f"{'':10}next: {check.next_step}"]
    return "\n".join(lines)
