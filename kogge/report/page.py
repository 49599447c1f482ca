"""The report as one self-contained HTML page: no external resource, readable without scripts, sortable with them."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2

from kogge.findings import Finding, ObjectRef, Severity
from kogge.nightly.report import Partner, Report
from kogge.report.document import moment
from kogge.report.wording import counted, expected_words, found_words, headline, limits, short
from kogge.visible import guarded, visible

_TEMPLATES: Final = Path(__file__).with_name("templates")


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
    kind: str
    place: str


def as_page(report: Report) -> str:
    """Return the page. Everything that was read from a cluster is escaped; scripts and styles are pinned by hash."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_last_guard,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_TEMPLATES / "nightly.css").read_text(encoding="utf-8")
    script = (_TEMPLATES / "nightly.js").read_text(encoding="utf-8")
    counts = report.counts()
    return environment.get_template("nightly.html.j2").render(
        report=report,
        status_word=report.status.capitalize(),
        headline=headline(report),
        counts=counts,
        tiles=[(severity.value, counts[severity.value]) for severity in Severity] + [("unknown", counts["unknown"])],
        rows=sorted((_row(report, finding) for finding in report.findings), key=lambda row: row.rank),
        lines=_lines(report),
        limits=limits(report),
        checked_at=moment(report.checked_at),
        checked_day=report.checked_at.strftime("%-d %B %Y, %H:%M UTC"),
        seconds=f"{report.seconds:.1f}",
        style=style,
        script=script,
        policy=_policy(style, script),
        counted=counted,
    )


def _last_guard(value: object) -> object:
    """Return what a template prints: text without hidden characters, style and script as they are."""
    return guarded(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: nothing is loaded, and only our own script and style are used."""
    ours = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    return f"default-src 'none'; img-src data:; {ours}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _row(report: Report, finding: Finding) -> Row:
    seen = report.first_seen.get(finding.id)
    return Row(
        finding,
        finding.owner,
        list(Severity).index(finding.severity),
        short(expected_words(finding), 400),
        short(found_words(finding), 400),
        "" if seen is None else moment(seen)[:16].replace("T", " "),
        *_where(finding),
    )


def _where(finding: Finding) -> tuple[str, str]:
    """Return what kind of thing a finding is about, and where it is."""
    where = finding.where
    if isinstance(where, ObjectRef):
        return visible(where.kind), where.place
    return where.role, f"{where.host}: {visible(where.item)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One partner, and what became of it."""

    name: str
    official_name: str
    stage: str
    declared: str
    counts: tuple[tuple[str, int], ...]
    """Severity -> findings."""
    unknown: int
    word: str
    """Where nothing differs: ``clean``, or why that cannot be said."""


def _lines(report: Report) -> list[Line]:
    """Return one line per partner, the platform first; one that only findings name stands at the end."""
    severities = Counter((finding.owner, finding.severity) for finding in report.findings)
    unknown = Counter(unknown.tenant for unknown in report.judgement.unknown)
    known = {partner.name: partner for partner in report.partners}
    partly = bool(set(unknown) - set(report.names()))
    lines = []
    for name in report.names():
        partner = known.get(name, Partner(name, "", "", 0))
        counts = tuple((severity.value, severities[name, severity]) for severity in Severity)
        clean = not unknown[name] and not any(number for _, number in counts)
        word = "not fully read" if partly else "clean" if partner.declared else "no objects of its own"
        declared = str(partner.declared) if partner.declared else ""
        lines.append(
            Line(name, partner.official_name, partner.stage, declared, counts, unknown[name], word if clean else "")
        )
    return lines
