"""Adds to the plan of one stack what an apply would do there; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from kogge import places
from kogge.clusters.kinds import kind_of
from kogge.deploy.keys import require_key
from kogge.deploy.lock import stack_lock
from kogge.deploy.outcome import ResourceChange, Result
from kogge.deploy.plan import DesiredStack, StackPlan
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.locked_stack import LockedStack, run_pulumi
from kogge.deploy.stacks.takeover import refuse_unasked
from kogge.desired import platform_objects
from kogge.errors import KoggeError
from kogge.estate.estate import PLATFORM
from modules.registration import type_token

_PLATFORM_FIRST: Final = "kogge up platform, then plan again; kogge up --all does both"


def preview_stack(
    session: Session, plan: StackPlan, desired: DesiredStack, *, adopt: bool, step: Callable[[str], None]
) -> StackPlan:
    """Return the plan with its operations; every error becomes part of it."""
    began = time.monotonic()
    try:
        session.refuse_when_interrupted()
        with stack_lock(places.locks(session.estate.root), plan.stack) as lock:
            plan = _preview(plan, LockedStack(session, desired, lock, step), adopt=adopt)
    except KoggeError as error:
        plan = plan.failed(error.message, error.hint or "")
    return replace(plan, seconds=plan.seconds + time.monotonic() - began)


def _preview(plan: StackPlan, locked: LockedStack, *, adopt: bool) -> StackPlan:
    session, desired = locked.session, locked.desired
    state = Backend(session.estate).read(plan.stack)
    refuse_unasked(session, desired, state, adopt=adopt)
    if state is None:
        if session.keyring.has(plan.stack):
            require_key(session.estate, session.keyring, plan.stack)
        # Pulumi cannot preview a stack that does not exist: all of it is made.
        changes = tuple(ResourceChange("create", str(item.ref)) for item in desired.items)
        return replace(plan, result=Result.CREATED, counts={"create": len(changes)}, changes=changes)
    if missing := _roles_to_come(session, desired):
        # Pulumi would ask the server for a minute, and then say no more than that the role is not found.
        message = f"cannot be previewed yet: the platform stack has not made {', '.join(missing)}"
        return replace(plan, result=Result.HELD, message=message, hint=_PLATFORM_FIRST)
    require_key(session.estate, session.keyring, plan.stack)
    run = run_pulumi(locked, lambda stack, events: stack.preview(on_event=events), new=False)
    if run.failure is not None:
        plan = plan.failed(run.failure.message, run.failure.hint)
    else:
        plan = replace(plan, result=Result.UPDATED if run.counts else Result.UNCHANGED)
    return replace(plan, counts=run.counts, changes=run.changes)


def _roles_to_come(session: Session, desired: DesiredStack) -> list[str]:
    """Return the cluster-wide roles that the stack binds, and that an applied platform stack does not have yet."""
    platform = None if desired.stack == PLATFORM else Backend(session.estate).read(PLATFORM)
    if platform is None:
        return []
    bound = {item.manifest["roleRef"]["name"] for item in desired.items if item.ref.kind == "RoleBinding"}
    made = set(platform.of_type(type_token(kind_of("ClusterRole").api_version, "ClusterRole")))
    wanted = (item for item in platform_objects(session.estate) if item.ref.kind == "ClusterRole")
    mine = (item for item in wanted if item.cluster in desired.clusters and item.ref.name in bound)
    return [item.ref.name for item in mine if item.resource_name not in made]
