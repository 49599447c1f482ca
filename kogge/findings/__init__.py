"""The words that observe, drift, isolation and report share; values only, no step."""

from kogge.findings.finding import Cause, Finding, FindingClass, Severity, Unknown
from kogge.findings.judgement import Judgement
from kogge.findings.references import HostRef, ObjectRef

__all__ = ["Cause", "Finding", "FindingClass", "HostRef", "Judgement", "ObjectRef", "Severity", "Unknown"]
