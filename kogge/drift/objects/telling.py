"""Makes a finding of a difference in an object: how urgent, what may be shown, who did it, why. Pure.

What differs is decided where objects are judged (``owned``, ``children``, ``strangers``); how it is told, here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kogge.desired.objects import Concern
from kogge.drift.objects.actor import actor
from kogge.drift.objects.masking import masked
from kogge.drift.objects.severity import severity_of_change
from kogge.findings import Cause, Finding, FindingClass, ObjectRef, Severity
from kogge.json_difference import Difference
from kogge.json_value import Json, pointer
from kogge.observe import Observed

_CONTROLLERS: Final = frozenset({"kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet"})


@dataclass(frozen=True, slots=True)
class Subject:
    """An object that should be as somebody says, and what its findings say of it whatever differs."""

    ref: ObjectRef
    tenant: str | None
    """None: the platform's own."""
    concern: Concern
    sensitive: tuple[str, ...] = ()
    """JSON pointers of places whose values are not shown."""
    pending: bool = False
    """What the files say of it was not applied yet."""


def tell_whole(subject: Subject) -> Finding:
    """Return the finding about a declared object as a whole: it is not there, or it waits to be applied."""
    classification, cause = (
        (FindingClass.PENDING, Cause.NOT_APPLIED) if subject.pending else (FindingClass.MISSING, Cause.UNEXPLAINED)
    )
    severity = severity_of_change(subject.concern, subject.ref.kind, ())
    return Finding(classification, severity, subject.tenant, subject.ref, "", None, None, cause=cause)


def tell_difference(observed: Observed, subject: Subject, difference: Difference) -> Finding:
    """Return the finding about one place of an object that runs."""
    ref, path = subject.ref, difference.path
    who = actor(observed.managed.get(ref, ()), observed.objects[ref], path) if difference.found is not None else None
    return Finding(
        FindingClass.PENDING if subject.pending else FindingClass.CHANGED,
        severity_of_change(subject.concern, ref.kind, path),
        subject.tenant,
        ref,
        pointer(path),
        masked(difference.expected, ref.kind, path, subject.sensitive),
        masked(difference.found, ref.kind, path, subject.sensitive),
        who,
        Cause.NOT_APPLIED if subject.pending else _cause_of(who),
    )


def tell_stranger(
    observed: Observed, ref: ObjectRef, tenant: str | None, severity: Severity, summary: Json, *, left_behind: bool
) -> Finding:
    """Return the finding about an object that nobody declares; the actor is who made it.

    One that an earlier state of the files made (``left_behind``) is pending. A namespace never is: no run removes it
    because it left the files, so nothing is on its way.
    """
    pending = left_behind and ref.kind != "Namespace"
    who = actor(observed.managed.get(ref, ()), observed.objects[ref], ())
    return Finding(
        FindingClass.PENDING if pending else FindingClass.FOREIGN,
        severity,
        tenant,
        ref,
        "",
        None,
        masked(summary, ref.kind, (), ()),
        who,
        Cause.NOT_APPLIED if left_behind else _cause_of(who),
    )


def _cause_of(who: str | None) -> Cause:
    """Return the likely cause of a difference from the manager that set the value."""
    if who is None:
        return Cause.UNEXPLAINED
    return Cause.CONTROLLER if who in _CONTROLLERS else Cause.LIVE_EDIT
