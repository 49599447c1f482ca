"""An impact as Markdown for a merge request, and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict

from kogge.estate.estate import PLATFORM
from kogge.impact.changes import Change, Impact, Verb
from kogge.report.markdown_text import code, text

SHOWN_PATHS = 6
"""How many differing places of one object are written out."""


def impact_json(impact: Impact, base: str) -> dict[str, object]:
    """Return the stable JSON of docs/reference/impact-json.md."""
    return {
        "version": 1,
        "base": base,
        "changes": [asdict(change) for change in impact.changes],
        "edited": list(impact.edited),
        "also_touched": list(impact.also_touched),
        "approvals": [asdict(approval) for approval in impact.approvals],
        "unknown": list(impact.unknown),
    }


def impact_markdown(impact: Impact, base: str) -> str:
    """Return a report that reads well in a merge request and on a terminal."""
    if not impact.changes and not impact.edited and not impact.unknown and not impact.approvals:
        return f"## Impact against {code(base)}\n\nNothing changes.\n"
    lines = [f"## Impact against {code(base)}", "", *_summary(impact), ""]
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in impact.changes:
        groups[change.tenant or (f"host {change.host}" if change.host else PLATFORM)].append(change)
    for name, changes in sorted(groups.items()):
        aside = ", whose own file does not change" if name in impact.also_touched else ""
        lines += [f"### {text(name)}{aside}", "", *map(_change, changes), ""]
    if impact.approvals:
        lines += ["### Approvals", "", *(f"- [ ] {text(a.who)}: {text(a.why)}" for a in impact.approvals), ""]
    if impact.unknown:
        lines += ["### Unknown", "", *(f"- {text(reason)}" for reason in impact.unknown), ""]
    return "\n".join(lines)


def _summary(impact: Impact) -> list[str]:
    objects = Counter(change.verb for change in impact.changes if change.host is None)
    documents = Counter(change.verb for change in impact.changes if change.host is not None)
    return [
        "| | created | changed | removed |",
        "|---|---|---|---|",
        *(
            f"| {name} | {count[Verb.CREATE]} | {count[Verb.CHANGE]} | {count[Verb.REMOVE]} |"
            for name, count in (("objects", objects), ("host documents", documents))
        ),
        "",
        f"Files of tenants changed: {', '.join(map(text, impact.edited)) or 'none'}. "
        f"Also touched: {', '.join(map(text, impact.also_touched)) or 'nobody'}.",
    ]


def _change(change: Change) -> str:
    sign = {Verb.CREATE: "+", Verb.CHANGE: "~", Verb.REMOVE: "-"}[change.verb]
    paths = ", ".join(code(path) for path in change.paths[:SHOWN_PATHS])
    more = f" and {len(change.paths) - SHOWN_PATHS} more" if len(change.paths) > SHOWN_PATHS else ""
    data = " **holds data or isolation**" if change.verb is Verb.REMOVE and change.holds_data else ""
    return f"- `{sign}` {code(change.what)}{': ' if paths else ''}{paths}{more}{data}"
