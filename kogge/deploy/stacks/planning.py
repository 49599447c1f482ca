"""Chooses what a run does with one stack; free of Pulumi, so that nothing to do is fast."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from kogge.deploy.options import UpOptions
from kogge.deploy.outcome import Result
from kogge.deploy.plan import StackPlan
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend, StackState
from kogge.deploy.stacks.desired_stack import desired_stack, is_applied
from kogge.desired import DesiredObject
from kogge.desired.kubernetes.parameters import parameters_of
from kogge.errors import KoggeError
from kogge.estate.estate import PLATFORM

NAMED: Final = 3
"""So many spaces are named."""


def unplanned(session: Session, stack: str, why: str) -> StackPlan:
    """Return the plan to do nothing with a stack, before anybody looked."""
    tenant = session.estate.tenants.get(stack)
    return StackPlan(stack, why, Result.SKIPPED, database_host=tenant.placement.database_host if tenant else None)


def plan_stack(session: Session, plan: StackPlan, options: UpOptions) -> StackPlan:
    """Return what is done with a stack; every error becomes part of the plan."""
    began = time.monotonic()
    try:
        plan = _chosen(session, plan, options)
    except KoggeError as error:
        plan = plan.failed(error.message, error.hint or "")
    return replace(plan, seconds=time.monotonic() - began)


def _chosen(session: Session, plan: StackPlan, options: UpOptions) -> StackPlan:
    desired = desired_stack(session.estate, plan.stack, lambda name: session.clusters.version(name, plan.stack))
    state = Backend(session.estate).read(plan.stack)
    if not options.force and is_applied(session.estate, desired, state):
        return plan
    tenant = session.estate.tenants.get(plan.stack)
    freeze = tenant.freeze_on(session.estate.as_of) if tenant is not None else None
    if freeze is not None and not options.break_freeze:
        message = f"has changes, and its file freezes it until {freeze.until}: {freeze.why}"
        return replace(plan, result=Result.HELD, message=message, hint="wait, or give --break-freeze")
    if plan.stack == PLATFORM and state is not None and (changing := parameter_changes(desired.items, state)):
        plan = replace(plan, why=f"{plan.why}: {changing}")
    return replace(plan, result=Result.CREATED if state is None else Result.UPDATED, desired=desired)


def parameter_changes(items: Iterable[DesiredObject], state: StackState) -> str:
    """Say of which spaces the values change by which admission judges; nothing where none does."""
    told = []
    for item in items:
        parameter = parameters_of(item.ref.name)
        if parameter is None or item.ref.kind != "ConfigMap":
            continue
        before = state.config_maps.get(item.resource_name, {})
        spaces = [space for space, value in item.manifest["data"].items() if before.get(space) != value]
        if spaces:
            more = f" and {len(spaces) - NAMED} more" if len(spaces) > NAMED else ""
            told.append(f"{parameter.what} of {', '.join(spaces[:NAMED])}{more} change")
    return "; ".join(told)
