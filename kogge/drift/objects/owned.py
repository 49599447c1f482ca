"""Objects that Kogge declares: each equals its desired form with the server's defaults filled in."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace

from kogge.defaults.learning import expected_form
from kogge.defaults.record import object_key
from kogge.defaults.shape import digest, plain_object
from kogge.derived import Encoded
from kogge.desired import DesiredObject
from kogge.desired.kubernetes.parameters import parameters_of
from kogge.drift.objects.difference import differences
from kogge.drift.objects.scene import Scene, stack_of
from kogge.drift.objects.server_managed import comparable, is_server_managed
from kogge.drift.objects.telling import Subject, tell_difference, tell_whole
from kogge.estate.estate import PLATFORM
from kogge.findings import Finding, Judgement, ObjectRef, Unknown
from kogge.json_difference import Difference
from kogge.json_value import JsonObject, pointer, text_at
from kogge.trust import KnownDigests

NAMED = 3
"""So many objects are named where many have the same fate."""


def judge_owned(scene: Scene) -> Judgement:
    """Compare every declared object whose kind could be listed."""
    findings: list[Finding] = []
    unknown: list[Unknown] = []
    unlearned: dict[str | None, list[str]] = {}
    for ref, item in scene.declared.objects.items():
        if scene.observed.readable(ref):
            judgement, learned = _judge(scene, ref, item)
            findings += judgement.findings
            unknown += judgement.unknown
            if not learned:
                unlearned.setdefault(item.tenant, []).append(str(ref))
    unknown += [_unlearned(scene, *entry) for entry in unlearned.items()]
    # Digests that are not believed are one cause, however many values they are of.
    return Judgement(tuple(findings), tuple(dict.fromkeys(unknown)))


def is_pending(scene: Scene, item: DesiredObject) -> bool:
    """Tell whether the files say something about an object that was not applied yet.

    Without a record of the stack nothing is excused, except a stack of which nothing exists: it was never applied.
    """
    applied = scene.learned.applied.get(stack_of(item))
    if applied is not None:
        return applied.manifests.get(object_key(item.ref)) != digest(plain_object(item.manifest))
    owned = (ref for ref, other in scene.declared.objects.items() if other.tenant == item.tenant)
    return not any(ref in scene.observed.objects for ref in owned)


def _judge(scene: Scene, ref: ObjectRef, item: DesiredObject) -> tuple[Judgement, bool]:
    """Return what is found about one object, and whether all of it could be judged."""
    subject = Subject(ref, item.tenant, item.concern, item.sensitive_paths, is_pending(scene, item))
    live = scene.observed.objects.get(ref)
    if live is None:
        return Judgement((tell_whole(subject),)), True
    manifest, unknown = _with_known_secrets(item, live, scene.digests)
    form = expected_form(manifest, scene.learned, scene.observed.server_version)
    if form is not None:
        wanted = differences(comparable(form), comparable(live), ref.kind)
    else:
        # What the server fills in is not known, so only what is declared can be judged.
        wanted = (found for found in differences(manifest, comparable(live), ref.kind) if found.expected)
    findings = tuple(
        tell_difference(scene.observed, replace(subject, tenant=_whose(scene, item, difference)), difference)
        for difference in wanted
        if not is_server_managed(ref.kind, difference)
        and not _delegated(scene, item, difference)
        and not _of_blocked(scene, item, difference)
    )
    if form is None and subject.pending and not findings:
        # What would be more or less than declared cannot be told before it is applied; that it waits, can.
        findings = (tell_whole(subject),)
    return Judgement(findings, unknown), form is not None or subject.pending


def _unlearned(scene: Scene, tenant: str | None, refs: list[str]) -> Unknown:
    named = ", ".join(refs[:NAMED]) + (f" and {len(refs) - NAMED} more" if len(refs) > NAMED else "")
    return Unknown(
        tenant or PLATFORM,
        named,
        f"what the server ({scene.observed.server_version or 'of unknown version'}) fills in was not learned; "
        f"`kogge up {tenant or '--all'} --force` learns it",
    )


def _with_known_secrets(
    item: DesiredObject, live: JsonObject, digests: KnownDigests
) -> tuple[JsonObject, tuple[Unknown, ...]]:
    """Return the manifest with each secret value that proved right taken from the live object.

    A value that is wrong keeps its marker, so that it differs; one that nothing is known about is unknown.
    """
    manifest = plain_object(item.manifest)
    data = item.manifest.get("data")
    if item.ref.kind != "Secret" or not isinstance(data, dict):
        return manifest, ()
    filled: JsonObject = {}
    unknown = []
    for key, secret in data.items():
        value = text_at(live, "data", key)
        known = digests.of(secret) if isinstance(secret, Encoded) else None
        if known is None or _sha256(value) == known:
            filled[key] = value or secret.marker()
        else:
            filled[key] = secret.marker()
        if known is None:
            unknown.append(
                digests.untrusted.get(item.tenant or PLATFORM)
                or Unknown(
                    item.tenant or PLATFORM,
                    str(item.ref),
                    f"there is no digest to compare {key} with; `kogge up {item.tenant} --force` writes it",
                )
            )
    return {**manifest, "data": filled}, tuple(unknown)


def _sha256(encoded: str) -> str:
    try:
        return hashlib.sha256(base64.b64decode(encoded, validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""


def _space_of(item: DesiredObject, difference: Difference) -> str | None:
    """Return the space whose value in one of the platform's parameters differs."""
    place = difference.path
    if item.tenant or not parameters_of(item.ref.name) or item.ref.kind != "ConfigMap":
        return None
    return place[1] if place[:1] == ("data",) and len(place) == 2 else None


def _whose(scene: Scene, item: DesiredObject, difference: Difference) -> str | None:
    """Return whom a difference concerns: in what the platform states of a space, the space's tenant."""
    space = _space_of(item, difference)
    return scene.declared.spaces.get(space, item.tenant) if space else item.tenant


def _of_blocked(scene: Scene, item: DesiredObject, difference: Difference) -> bool:
    """Tell whether what differs belongs to a tenant of which nobody knows what it should have."""
    space = _space_of(item, difference)
    return space is not None and space.partition("--")[0] in scene.declared.blocked


def _delegated(scene: Scene, item: DesiredObject, difference: Difference) -> bool:
    """Tell whether somebody else may have set the value: replicas within the bounds of the files."""
    if pointer(difference.path) not in item.delegated_paths:
        return False
    bounds = scene.declared.replicas.get(item.space or "")
    found = difference.found
    return bounds is not None and isinstance(found, int) and bounds[0] <= found <= bounds[1]
