"""The report as one self-contained HTML page: no external resource, readable without scripts, sortable with them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2

from kogge.findings import Finding, Severity
from kogge.report.document import moment
from kogge.report.report import Report, Status
from kogge.report.wording import counted, headline, limits, short

_TEMPLATES: Final = Path(__file__).with_name("templates")
_STATUS_WORDS: Final = {
    Status.CLEAN: "Clean",
    Status.DRIFT: "Drift",
    Status.INCOMPLETE: "Incomplete",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as the page shows it."""

    finding: Finding
    tenant: str
    rank: int
    """Order of its severity, the most urgent first."""
    expected: str
    found: str
    first_seen: str


def as_page(report: Report) -> str:
    """Return the page. Everything that was read from a cluster is escaped; scripts and styles are pinned by hash."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_TEMPLATES / "nightly.css").read_text(encoding="utf-8")
    script = (_TEMPLATES / "nightly.js").read_text(encoding="utf-8")
    counts = report.counts()
    text = environment.get_template("nightly.html.j2").render(
        report=report,
        status_word=_STATUS_WORDS[report.status],
        headline=headline(report),
        counts=counts,
        tiles=[(severity.value, counts[severity.value]) for severity in Severity] + [("unknown", counts["unknown"])],
        rows=[_row(report, finding) for finding in report.findings],
        tenants=_tenants(report),
        limits=limits(report),
        checked_at=moment(report.checked_at),
        checked_day=report.checked_at.strftime("%-d %B %Y, %H:%M UTC"),
        seconds=f"{report.seconds:.1f}",
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'",
        counted=counted,
    )
    return re.sub(r"\n\s*\n+", "\n", text)


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _row(report: Report, finding: Finding) -> Row:
    seen = report.first_seen.get(finding.id)
    return Row(
        finding,
        finding.tenant or "platform",
        list(Severity).index(finding.severity),
        "" if finding.expected is None else short(finding.expected, 400),
        "" if finding.found is None else short(finding.found, 400),
        "" if seen is None else moment(seen)[:16].replace("T", " "),
    )


def _tenants(report: Report) -> list[dict[str, object]]:
    """Return one line per partner, the platform first; a tenant that only findings name stands at the end."""
    counted_by = Counter((finding.tenant or "platform", finding.severity) for finding in report.findings)
    unknown_of = Counter(
        unknown.scope.partition(":")[0].removeprefix("tenant ") for unknown in report.judgement.unknown
    )
    lines: list[dict[str, object]] = [
        {"name": "platform", "official_name": "shared by all", "stage": "", "declared": None}
    ]
    lines += [
        {"name": p.name, "official_name": p.official_name, "stage": p.stage, "declared": p.declared}
        for p in report.partners
    ]
    known = {line["name"] for line in lines}
    others = sorted({finding.tenant for finding in report.findings if finding.tenant and finding.tenant not in known})
    lines += [{"name": name, "official_name": "", "stage": "", "declared": None} for name in others]
    shared = any(not u.scope.startswith(("tenant ", "platform")) for u in report.judgement.unknown)
    for line in lines:
        line["partly"] = shared
        line["counts"] = [(severity.value, counted_by[str(line["name"]), severity]) for severity in Severity]
        line["unknown"] = unknown_of[str(line["name"])]
    return lines
