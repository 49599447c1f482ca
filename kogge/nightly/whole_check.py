"""The check as a whole: loads the files, runs the checks, adds what a reader needs to judge the result.

``drift`` asks it for a report now, ``nightly`` for one that is kept; neither the command line nor a form of report
decides anything of it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kogge import places
from kogge.desired import platform_objects, tenant_objects
from kogge.errors import UsageError
from kogge.estate import Loaded, load_estate, require_estate
from kogge.estate.estate import PLATFORM, Estate
from kogge.estate.models.nightly import Nightly
from kogge.estate.models.platform import Enforcement
from kogge.findings import Judgement, Unknown
from kogge.git import commit_of
from kogge.nightly.checks import OnHosts, checks_of, run_checks
from kogge.nightly.first_seen import read_first_seen, seen_now, write_first_seen
from kogge.nightly.report import Partner, Report
from kogge.records import COMMITTED, NEXT_STEP, are_committed


def drift_report(root: Path, names: Sequence[str], on_hosts: OnHosts = OnHosts.NOTHING) -> Report:
    """Check everything and return the report about ``names``, or about everything. Hosts belong to everything alone.

    :raises InvalidEstate: the platform or the catalogue has errors.
    :raises UsageError: there is no such tenant.
    """
    estate = require_estate(root)
    unknown = [name for name in names if name not in {PLATFORM, *estate.tenants, *estate.blocked}]
    if unknown:
        raise UsageError(f"no such tenant: {', '.join(unknown)}", hint="kogge tenant list shows them")
    report = _checked(estate, OnHosts.NOTHING if names else on_hosts)
    judgement = report.judgement.about(names) if names else report.judgement
    return replace(report, judgement=judgement, first_seen=read_first_seen(places.first_seen(root)))


def nightly_report(root: Path, now: datetime, on_hosts: OnHosts = OnHosts.NOTHING) -> tuple[Report, Nightly]:
    """Check the files and what runs; returns the report and the settings of the check.

    Files that cannot be used give a report, too: nothing is known then. Since when a finding is there is kept.
    """
    loaded = load_estate(root)
    if loaded.estate is None:
        return _without_estate(root, loaded, now), Nightly()
    report = _checked(loaded.estate, on_hosts)
    path = places.first_seen(root)
    seen = seen_now(read_first_seen(path), report.findings, now)
    write_first_seen(path, seen)
    return replace(report, first_seen=seen), loaded.estate.platform.nightly


def _checked(estate: Estate, on_hosts: OnHosts) -> Report:
    began = time.monotonic()
    if are_committed(estate.root):
        # Compared with them, a commit would decide what is clean.
        judgement = Judgement(unknown=(Unknown(None, "records: .kogge/", f"{COMMITTED}; {NEXT_STEP}"),))
    else:
        judgement = run_checks(estate, checks_of(estate, on_hosts))
    return Report(
        commit=commit_of(estate.root),
        checked_at=datetime.now(UTC),
        judgement=judgement,
        title=estate.platform.title,
        partners=_partners(estate),
        seconds=time.monotonic() - began,
        simulated=tuple(
            name
            for name, cluster in estate.platform.clusters.items()
            if cluster.network.enforcement is Enforcement.SIMULATED
        ),
        reads_secrets=estate.platform.nightly.read_secrets,
        left_out=on_hosts.left_out if estate.platform.hosts else (),
    )


def _partners(estate: Estate) -> tuple[Partner, ...]:
    sound = [
        Partner(tenant.name, tenant.body.official_name, tenant.stage, len(tenant_objects(estate, tenant)))
        for tenant in estate.tenants.values()
    ]
    blocked = [Partner(name, "its file has an error", "", 0) for name in estate.blocked]
    shared = Partner(PLATFORM, "shared by all", "", len(platform_objects(estate)))
    return (shared, *sorted((*sound, *blocked), key=lambda partner: partner.name))


def _without_estate(root: Path, loaded: Loaded, now: datetime) -> Report:
    unknown = tuple(
        Unknown(None, f"files: {problem.file}:{problem.line}:{problem.column}", problem.message)
        for problem in loaded.problems
        if problem.is_error
    )
    return Report(commit=commit_of(root), checked_at=now, judgement=Judgement(unknown=unknown))
