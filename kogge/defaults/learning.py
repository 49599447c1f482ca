"""Learns a server's defaults when objects are applied: by asking it, never from a live object.

A live object may have been edited, and the edit would be learned. So a manifest of each new shape is created as a dry
run under a name of its own, in a namespace without quota, Pod Security for pods and policies for spaces, which would
refuse or change it. What the answer has beyond the manifest is what the server fills in.
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError
from kogge.defaults.record import (
    KEPT_TEMPLATES,
    AppliedManifests,
    Learned,
    object_key,
    read_applied,
    read_defaults,
    shape_key,
    write_applied,
    write_defaults,
)
from kogge.defaults.shape import Defaults, defaults_of, digest, plain_object, shape, with_defaults
from kogge.findings import ObjectRef, Unknown
from kogge.json_value import JsonObject, at, text_at


@dataclass(frozen=True, slots=True)
class Probes:
    """Where probes are made, and how they are named."""

    namespace: str
    """Holds the probes of what a namespace holds."""
    space_labels: tuple[str, str]
    """The labels of a namespace that repeat the two parts of a name ``<tenant>--<service>``."""


def learn(
    api: KubeApi,
    manifests: Iterable[Mapping[str, object]],
    *,
    directory: Path,
    probes: Probes,
    cluster: str,
    stack: str,
    applied: bool = True,
) -> tuple[Unknown, ...]:
    """Learn every shape that is new and record what ``stack`` applied; returns the shapes that could not be learned.

    ``api`` may create every kind where ``probes`` says. With ``applied=False``, before an apply, only
    the pod templates are recorded: the revision of an apply that fails half way is then known. When nothing is new,
    nothing but the version is asked. Several stacks may learn at once.

    :raises ApiError: the server does not say its version.
    """
    wanted = [plain_object(manifest) for manifest in manifests]
    version = text_at(api.get("/version"), "gitVersion")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(directory / f"{cluster}.lock"):
        defaults = read_defaults(directory, cluster)
        known = dict(defaults.get(version, {}))
        fresh, refused = _ask(api, wanted, known, probes, cluster)
        if fresh:
            write_defaults(directory, cluster, {**defaults, version: {**known, **fresh}}, version)
    learned = Learned({version: {**known, **fresh}})
    before = read_applied(directory, cluster, stack)
    now = _applied(wanted, learned, version, cluster, before)
    if not applied:
        now = AppliedManifests(before.manifests if before else {}, now.templates)
    if now != before:
        write_applied(directory, cluster, stack, now)
    return refused


def expected_form(manifest: JsonObject, learned: Learned, version: str) -> JsonObject | None:
    """Return a plain manifest as the server stores it; None: its shape was not learned for this server version."""
    api_version, kind = text_at(manifest, "apiVersion"), text_at(manifest, "kind")
    found = learned.for_shape(version, api_version, kind, shape(manifest))
    return None if found is None else with_defaults(manifest, found)


def template_digest(template: object) -> str:
    """Return the digest by which a pod template is known again."""
    return digest(plain_object(template) if isinstance(template, Mapping) else None)


def _ask(
    api: KubeApi, wanted: Iterable[JsonObject], known: Mapping[str, Defaults], probes: Probes, cluster: str
) -> tuple[dict[str, Defaults], tuple[Unknown, ...]]:
    fresh: dict[str, Defaults] = {}
    refused: dict[str, Unknown] = {}
    for manifest in wanted:
        key = shape_key(text_at(manifest, "apiVersion"), text_at(manifest, "kind"), shape(manifest))
        if key in known or key in fresh or key in refused:
            continue
        probe = _probe(manifest, probes)
        try:
            answer = api.post(api.path_of(probe).rpartition("/")[0], probe, dry_run=True)
        except ApiError as error:
            refused[key] = Unknown(
                None, f"cluster {cluster}: defaults of {ObjectRef.of(manifest, cluster)}", error.message
            )
            continue
        fresh[key] = defaults_of(probe, answer)
    return fresh, tuple(refused.values())


def _probe(manifest: JsonObject, where: Probes) -> JsonObject:
    """Return the manifest under a name that nothing has, with hostnames that nothing serves.

    The name is the server's only way to tell the probe from the object, so where the answer repeats it, the object's
    own name is meant. An ingress controller's webhook refuses a hostname that another Ingress has.
    """
    probe = copy.deepcopy(manifest)
    name = f"kogge-probe-{uuid.uuid4().hex[:12]}"
    metadata = probe["metadata"]
    assert isinstance(metadata, dict)  # noqa: S101 (every manifest of Kogge has it)
    metadata["name"] = name
    if "namespace" in metadata:
        metadata["namespace"] = where.namespace
    labels = metadata.get("labels")
    tenant, service = where.space_labels
    if text_at(probe, "kind") == "Namespace" and isinstance(labels, dict) and tenant in labels:
        # A space whose labels do not follow from its name is refused, in a dry run, too.
        metadata["name"] = f"{name}--probe"
        labels |= {tenant: name, service: "probe"}
    rules = at(probe, "spec", "rules")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and "host" in rule:
            rule["host"] = f"{name}.invalid"
    return probe


def _applied(
    wanted: Iterable[JsonObject], learned: Learned, version: str, cluster: str, before: AppliedManifests | None
) -> AppliedManifests:
    manifests: dict[str, str] = {}
    templates: dict[str, tuple[str, ...]] = {}
    for manifest in wanted:
        key = object_key(ObjectRef.of(manifest, cluster))
        manifests[key] = digest(manifest)
        if text_at(manifest, "kind") != "Deployment":
            continue
        earlier = before.templates.get(key, ()) if before else ()
        form = expected_form(manifest, learned, version)
        if form is not None:
            newest = template_digest(at(form, "spec", "template"))
            earlier = (newest, *(known for known in earlier if known != newest))[:KEPT_TEMPLATES]
        templates[key] = earlier
    return AppliedManifests(manifests, templates)
