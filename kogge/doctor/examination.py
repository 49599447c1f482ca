"""All checks, in the order in which a newcomer would put things right."""

from __future__ import annotations

from pathlib import Path

from kogge.doctor import certificates, cluster, machine, programs
from kogge.doctor.check import Check, Section
from kogge.estate import load_estate


def examine(root: Path, checkout: Path) -> list[Check]:
    """Look at the code in ``checkout``, the files in ``root``, this machine and every cluster; return what was seen."""
    loaded = load_estate(root)
    errors = sum(problem.is_error for problem in loaded.problems)
    told = f"{errors} errors" if errors else "no errors"
    step = "kogge validate" if errors else ""
    checks = [*machine.checks(checkout), *programs.checks(checkout)]
    checks.append(Check(Section.FILES, "estate", not errors, told, "no errors", step))
    if loaded.estate is not None:
        for name in loaded.estate.platform.clusters:
            checks += cluster.checks(loaded.estate, name)
            checks += certificates.checks(loaded.estate, name)
    return checks
