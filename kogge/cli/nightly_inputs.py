"""What the nightly commands are given: the estate, digests of secrets, the records of applies, the commit."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from kogge.drift.check import check_clusters
from kogge.drift.scene import PLATFORM_STACK, Digests, Judgement
from kogge.errors import KoggeError, UsageError
from kogge.estate import require_estate
from kogge.estate.estate import Estate
from kogge.findings import Finding
from kogge.keyring import read_digests
from kogge.report.report import Report


def learned_directory(root: Path) -> Path:
    """Return where ``up`` keeps what it learned."""
    return root / ".kogge" / "learned"


def secret_digests(estate: Estate) -> Digests:
    """Return the digests of every owner's derived values. No key is read.

    :raises KoggeError: a digests file is not what Kogge writes.
    """
    directory = estate.path(estate.platform.keys.directory)
    found = {owner: read_digests(directory, owner) for owner in (PLATFORM_STACK, *estate.tenants)}
    return {owner: digests.values for owner, digests in found.items() if digests is not None}


def drift_report(root: Path, names: Sequence[str]) -> Report:
    """Check the clusters and return the report about ``names``, or about everything.

    :raises InvalidEstate: the platform or the catalogue has errors.
    :raises UsageError: there is no such tenant.
    """
    estate = require_estate(root)
    unknown = [name for name in names if name not in {PLATFORM_STACK, *estate.tenants, *estate.blocked}]
    if unknown:
        raise UsageError(f"no such tenant: {', '.join(unknown)}", hint="kogge tenant list shows them")
    judgement = check_clusters(estate, secret_digests(estate), learned=learned_directory(root))
    return Report(
        commit=commit_of(root),
        checked_at=datetime.now(UTC),
        judgement=_about(judgement, names) if names else judgement,
    )


def _about(judgement: Judgement, names: Sequence[str]) -> Judgement:
    def concerns(finding: Finding) -> bool:
        return (finding.tenant or PLATFORM_STACK) in names

    scopes = {PLATFORM_STACK if name == PLATFORM_STACK else f"tenant {name}" for name in names}
    return Judgement(
        tuple(filter(concerns, judgement.findings)),
        tuple(u for u in judgement.unknown if u.scope.startswith("cluster ") or u.scope.partition(":")[0] in scopes),
    )


def commit_of(root: Path) -> str | None:
    """Return the commit of the data root; ``+`` at its end when files differ from it; None outside of a checkout."""
    try:
        commit = _git(root, "rev-parse", "--verify", "HEAD")
        dirty = _git(root, "status", "--porcelain", "--", "tenants", "catalogue", "platform.yaml")
    except KoggeError:
        return None
    return commit + ("+" if dirty else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise KoggeError("git did not answer") from error
    return done.stdout.strip()
