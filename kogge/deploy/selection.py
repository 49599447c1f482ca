"""Which stacks and hosts a run takes, and why; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kogge.errors import UsageError
from kogge.estate.estate import PLATFORM, Estate


def touched_by(estate: Estate, tenant: str) -> tuple[str, ...]:
    """Return the other stacks that hold an end of one of the tenant's grants, ordered by name."""
    partners = {g.provider for g in estate.grants if g.consumer == tenant}
    partners |= {g.consumer for g in estate.grants if g.provider == tenant and g.callers}
    return tuple(sorted(partners - {tenant}))


def select_stacks(estate: Estate, names: Sequence[str], *, everything: bool) -> Mapping[str, str]:
    """Return the stacks of a run in their order, each with the reason why it is in it.

    The platform goes first: tenants need its classes and roles.

    :raises UsageError: nothing is named, or a name is no tenant's; near misses are all named at once.
    """
    if everything == bool(names):
        raise UsageError("name tenants, or give --all", hint="kogge up moelln, or kogge up --all")
    known = {*estate.tenants, *estate.blocked, PLATFORM}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no such tenant: {', '.join(unknown)}", hint="kogge tenant list shows them")
    chosen = {PLATFORM: "first"}
    for name in sorted(known - {PLATFORM}) if everything else names:
        if name != PLATFORM:
            chosen[name] = "named" if not everything else "all"
    if not everything:
        for name in names:
            for partner in touched_by(estate, name):
                chosen.setdefault(partner, f"holds an end of a grant of {name}")
    return chosen


def select_hosts(estate: Estate, stacks: Collection[str], *, everything: bool) -> tuple[str, ...]:
    """Return the hosts of a run, by name: all of them, or the database hosts of the chosen tenants."""
    if everything:
        return tuple(sorted(estate.platform.hosts))
    chosen = {estate.tenants[name].placement.database_host for name in stacks if name in estate.tenants}
    return tuple(sorted(chosen & set(estate.platform.hosts)))
