"""In which order the stacks of a run go, and what a failure takes along: the platform first, tenants beside each other.

A failed tenant stops no other. A failed host stops the tenants whose database it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Protocol, TypeVar

from kogge.deploy.outcome import Result
from kogge.deploy.plan import StackPlan
from kogge.estate.estate import PLATFORM


class Settled(Protocol):
    """What a stack has become, or would."""

    @property
    def result(self) -> Result:
        """Its result."""


_NO_PLATFORM: Final = "not tried: the platform stack failed", "mend that first"

_Settled = TypeVar("_Settled", bound=Settled)
_One = TypeVar("_One")
_Other = TypeVar("_Other")


def in_order(
    plans: Sequence[StackPlan],
    tried: Callable[[StackPlan], _Settled],
    left: Callable[[StackPlan], _Settled],
    *,
    failed_hosts: Collection[str],
    parallel: int | None,
) -> tuple[_Settled, ...]:
    """Hand every stack to ``tried`` in its turn, or failed to ``left`` where something it needs failed before it."""
    settled = {plan.stack: tried(plan) for plan in plans if plan.stack == PLATFORM}
    platform_failed = any(one.result is Result.FAILED for one in settled.values())
    rest = []
    for plan in plans:
        if plan.stack == PLATFORM:
            continue
        if plan.database_host in failed_hosts:
            message = f"not tried: its database host {plan.database_host} failed"
            settled[plan.stack] = left(plan.failed(message, "mend that first"))
        elif platform_failed:
            settled[plan.stack] = left(plan.failed(*_NO_PLATFORM))
        else:
            rest.append(plan)
    settled |= zip((plan.stack for plan in rest), _beside_each_other(tried, rest, parallel), strict=True)
    return tuple(settled[plan.stack] for plan in plans)


def _beside_each_other(work: Callable[[_One], _Other], items: Iterable[_One], parallel: int | None) -> list[_Other]:
    """Do a piece of work for every item, some at once, and return the results in the order of the items."""
    with ThreadPoolExecutor(max_workers=parallel or os.cpu_count() or 2, thread_name_prefix="stack") as pool:
        futures = [pool.submit(work, item) for item in items]
        pending: set[Future[_Other]] = set(futures)
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
    return [future.result() for future in futures]
