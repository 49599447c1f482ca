"""The report as JUnit XML, for the test view of a CI system: one test case per partner, and one per check."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from kogge.nightly.report import Report
from kogge.report.document import moment
from kogge.report.wording import sentence
from kogge.visible import guarded


def as_junit(report: Report) -> str:
    """Return the report as XML: a finding is a failure, what could not be read an error.

    Whatever XML cannot hold is a hidden character, so none is left.
    """
    by_tenant = {name: [f for f in report.findings if f.owner == name] for name in report.names()}
    suite = ET.Element("testsuite", name="kogge nightly", timestamp=moment(report.checked_at))
    failures = 0
    for name, findings in by_tenant.items():
        case = ET.SubElement(suite, "testcase", classname="drift", name=guarded(name))
        if findings:
            failures += 1
            failure = ET.SubElement(case, "failure", message=f"{len(findings)} differences", type="drift")
            failure.text = guarded(
                "\n".join(
                    f"{f.severity} {f.classification} {f.where}{' ' if f.path else ''}{f.path}: {sentence(f)}"
                    for f in findings
                )
            )
    for unknown in report.judgement.unknown:
        case = ET.SubElement(suite, "testcase", classname="unknown", name=guarded(unknown.scope))
        ET.SubElement(case, "error", message=guarded(unknown.reason), type="unknown")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(len(report.judgement.unknown)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
