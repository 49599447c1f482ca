"""The report as JUnit XML, for the test view of a CI system: one test case per partner, and one per check."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from kogge.nightly.report import Report
from kogge.report.document import moment
from kogge.report.wording import sentence

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that XML 1.0 cannot hold."""


def as_junit(report: Report) -> str:
    """Return the report as XML: a finding is a failure, what could not be read an error."""
    by_tenant = {name: [f for f in report.findings if f.owner == name] for name in report.names()}
    suite = ET.Element("testsuite", name="kogge nightly", timestamp=moment(report.checked_at))
    failures = 0
    for name, findings in by_tenant.items():
        case = ET.SubElement(suite, "testcase", classname="drift", name=name)
        if findings:
            failures += 1
            failure = ET.SubElement(case, "failure", message=f"{len(findings)} differences", type="drift")
            failure.text = _clean(
                "\n".join(
                    f"{f.severity} {f.classification} {f.where} {f.path}: {sentence(f)}".replace("  ", " ")
                    for f in findings
                )
            )
    for unknown in report.judgement.unknown:
        case = ET.SubElement(suite, "testcase", classname="unknown", name=_clean(unknown.scope))
        ET.SubElement(case, "error", message=_clean(unknown.reason), type="unknown")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(len(report.judgement.unknown)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
