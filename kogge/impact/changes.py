"""What a change of the files would change on clusters and hosts: two estates compared; pure.

Who has to approve is decided here too, from what is touched. How it is printed is not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kogge.derived import by_name
from kogge.desired.hosts import LoginKeys, host_documents
from kogge.desired.kubernetes import platform_objects, spaces_on, tenant_objects
from kogge.desired.kubernetes.parameters import Parameter, parameters_of, value
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import PLATFORM_NAMESPACE
from kogge.desired.objects import Concern, DesiredObject, Removal
from kogge.estate.estate import Estate, Grant
from kogge.estate.models.tenant import Tenant
from kogge.json_difference import differences
from kogge.json_value import pointer


class Verb(StrEnum):
    """What would happen to an object or document."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One object of a cluster, or one document of a host, that would change."""

    verb: Verb
    what: str
    """``cluster/namespace/Kind/name`` or ``host/role``."""
    tenant: str | None
    """None: the platform's own."""
    host: str | None
    paths: tuple[str, ...]
    """JSON pointers of what differs; empty for what is created or removed."""
    concern: Concern | None
    holds_data: bool
    """Its removal takes data or isolation away."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody who has to agree, and to what."""

    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change, by whom it is touched, who has to agree."""

    changes: tuple[Change, ...]
    edited: tuple[str, ...]
    """Tenants whose own file changed."""
    also_touched: tuple[str, ...]
    """Tenants whose objects change although their file does not."""
    approvals: tuple[Approval, ...]
    unknown: tuple[str, ...]
    """What cannot be said, and why."""


def impact(before: Estate, after: Estate) -> Impact:
    """Compare what two estates make of clusters and hosts."""
    changes = (*_object_changes(before, after), *_parameter_changes(before, after), *_document_changes(before, after))
    names = sorted(before.tenants.keys() | after.tenants.keys())
    edited = tuple(name for name in names if before.tenants.get(name) != after.tenants.get(name))
    touched = {change.tenant for change in changes if change.tenant} | _grant_ends(before, after)
    unknown = (
        *(f"{name}: its file before has errors: {why}" for name, why in before.blocked.items()),
        *(f"{name}: its file has errors: {why}" for name, why in after.blocked.items()),
    )
    also = tuple(sorted(touched - set(edited)))
    return Impact(changes, edited, also, tuple(_approvals(before, after, changes, edited)), unknown)


def _object_changes(before: Estate, after: Estate) -> Iterator[Change]:
    affected = _affected(before, after)
    old = {item.ref: item for item in _objects(before, affected)}
    new = {item.ref: item for item in _objects(after, affected)}
    if before.platform != after.platform:
        old |= {item.ref: item for item in platform_objects(before)}
        new |= {item.ref: item for item in platform_objects(after)}
    for ref in sorted(old.keys() | new.keys(), key=str):
        was, becomes = old.get(ref), new.get(ref)
        item = becomes or was
        if item is None or (was is not None and becomes is not None and was.manifest == becomes.manifest):
            continue
        if item.ref.kind == "ConfigMap" and parameters_of(item.ref.name) and item.tenant is None:
            continue
        verb = Verb.CREATE if was is None else Verb.REMOVE if becomes is None else Verb.CHANGE
        paths = _differing(was.manifest, becomes.manifest) if was and becomes else ()
        staged = item.removal is Removal.STAGED
        what = "/".join(part for part in (item.cluster, ref.namespace, ref.kind, ref.name) if part)
        yield Change(verb, what, item.tenant, None, paths, item.concern, staged)


def _parameter_changes(before: Estate, after: Estate) -> Iterator[Change]:
    """Say of which spaces the values change by which admission judges; each concerns the space's tenant.

    A tenant whose file has an error, or is gone, keeps its values while its space exists.
    """
    values = [_stated(estate) for estate in (before, after)]
    known = {space.name: space.tenant.name for estate in (before, after) for space in _spaces(estate)}
    for what, space in sorted(values[1]):
        if values[0].get((what, space)) != values[1][what, space]:
            path = pointer(("data", space))
            yield Change(Verb.CHANGE, what, known[space], None, (path,), Concern.ADMISSION, False)


def _stated(estate: Estate) -> dict[tuple[str, str], str]:
    """Return what the platform states of each space, by object and space."""
    return {
        (f"{space.tenant.placement.cluster}/{PLATFORM_NAMESPACE}/ConfigMap/{parameter}", space.name): value(
            parameter, space
        )
        for space in _spaces(estate)
        for parameter in Parameter
    }


def _spaces(estate: Estate) -> Iterator[TenantSpace]:
    for cluster in estate.platform.clusters:
        yield from spaces_on(estate, cluster)


def _affected(before: Estate, after: Estate) -> list[str]:
    """Return the tenants whose objects can differ: all, unless platform and catalogue are the same."""
    names = before.tenants.keys() | after.tenants.keys()
    if before.platform == after.platform and before.catalogue == after.catalogue:
        edited = {name for name in names if before.tenants.get(name) != after.tenants.get(name)}
        partners = {
            name
            for grant in (*before.grants, *after.grants)
            for name in (grant.provider, grant.consumer)
            if {grant.provider, grant.consumer} & edited
        }
        names = edited | partners | _grant_ends(before, after)
    return sorted(names)


def _grant_ends(before: Estate, after: Estate) -> set[str]:
    differing: set[Grant] = set(before.grants) ^ set(after.grants)
    return {name for grant in differing for name in (grant.provider, grant.consumer)}


def _objects(estate: Estate, names: Iterable[str]) -> Iterator[DesiredObject]:
    for name in names:
        if name in estate.tenants:
            yield from tenant_objects(estate, estate.tenants[name])


def _document_changes(before: Estate, after: Estate) -> Iterator[Change]:
    """Compare host documents; the keys that may log in come from outside the files and are left out."""
    old, new = _documents(before), _documents(after)
    for host, role in sorted(old.keys() | new.keys()):
        was, becomes = old.get((host, role)), new.get((host, role))
        if was == becomes:
            continue
        verb = Verb.CREATE if was is None else Verb.REMOVE if becomes is None else Verb.CHANGE
        paths = _differing(was, becomes) if was is not None and becomes is not None else ()
        yield Change(verb, f"{host}/{role}", None, host, paths, None, verb is Verb.REMOVE)


def _documents(estate: Estate) -> dict[tuple[str, str], Mapping[str, Any]]:
    if estate.platform.host_access is None:
        return {}
    return {(document.host, document.role): document.content for document in host_documents(estate, LoginKeys())}


def _differing(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON pointers of the smallest parts that differ; a list that is longer or shorter is one part."""
    return tuple(pointer(difference.path) for difference in differences(by_name(was), by_name(becomes)))


def _approvals(
    before: Estate, after: Estate, changes: tuple[Change, ...], edited: tuple[str, ...]
) -> Iterator[Approval]:
    """Say who has to agree: owners of the files, both ends of a grant, security, data protection."""
    if before.platform != after.platform:
        yield Approval("platform team", "platform.yaml changes, for every tenant")
    for name in sorted(before.catalogue.keys() | after.catalogue.keys()):
        if before.catalogue.get(name) != after.catalogue.get(name):
            yield Approval("platform team", f"catalogue/{name}.yaml changes, for every tenant that runs it")
    for name in edited:
        yield from _of_tenant(before.tenants.get(name), after.tenants.get(name), after)
    for grant in sorted(set(before.grants) ^ set(after.grants), key=dataclasses.astuple):
        word = "opens" if grant in after.grants else "closes"
        for end in (grant.provider, grant.consumer):
            yield Approval(end, f"the grant of {grant.service} from {grant.provider} to {grant.consumer} {word}")
    if any(change.concern in (Concern.NETWORK, Concern.ACCESS, Concern.ADMISSION) for change in changes):
        yield Approval("security officer", "network policies, access rights or admission rules change")


def _of_tenant(was: Tenant | None, becomes: Tenant | None, after: Estate) -> Iterator[Approval]:
    tenant = becomes or was
    if tenant is None:
        return
    yield Approval(tenant.name, "its own file changes" if was and becomes else "its file appears or disappears")
    operator = tenant.operator_on(after.as_of)
    if operator != tenant.name:
        yield Approval(operator, f"it operates {tenant.name}")
    stages = (was.stage if was else None, becomes.stage if becomes else None)
    protection = (was.data_protection if was else None, becomes.data_protection if becomes else None)
    if stages[0] != stages[1] or protection[0] != protection[1]:
        contact = tenant.contacts.data_protection
        yield Approval(
            contact, f"the processing for {tenant.name} changes: {stages[0] or 'none'} to {stages[1] or 'none'}"
        )
    freeze = tenant.freeze_on(after.as_of)
    if freeze is not None:
        yield Approval(tenant.contacts.platform, f"{tenant.name} is frozen until {freeze.until}: {freeze.why}")
