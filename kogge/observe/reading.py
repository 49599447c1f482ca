"""Reads a cluster: one LIST per kind, never a request per object."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError, ApiNotFound, ApiUnreachable
from kogge.clusters.kinds import BY_KIND, LISTED, Kind
from kogge.findings import ObjectRef, Unknown
from kogge.json_value import JsonObject, text_at
from kogge.observe.observed import Observed, split_managed

AT_ONCE: Final = 4
"""Lists under way at the same time."""


@dataclass(slots=True)
class _Gathered:
    """What the threads bring together. Mutable: they add to it."""

    objects: dict[ObjectRef, JsonObject] = field(default_factory=dict)
    managed: dict[ObjectRef, list[JsonObject]] = field(default_factory=dict)
    unreadable: dict[tuple[str, str], str] = field(default_factory=dict)
    dead: str = ""
    """Why the server is taken to be gone; nothing is asked any more."""
    mutex: threading.Lock = field(default_factory=threading.Lock)


def observe(api: KubeApi, cluster: str, kinds: Iterable[Kind] = LISTED, *, without_secrets: bool = False) -> Observed:
    """List ``kinds`` in the whole cluster. A kind that cannot be listed becomes an unknown with the server's reason.

    ``without_secrets`` leaves Secrets unread on purpose; they are an unknown, too.
    """
    gathered = _Gathered()
    wanted = []
    for listed in kinds:
        if without_secrets and listed.kind == "Secret":
            gathered.unreadable[listed.api_version, listed.kind] = "switched off in platform.yaml"
        else:
            wanted.append(listed)
    version = _server_version(api, gathered)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="list") as pool:
        list(pool.map(lambda listed: _list(api, cluster, listed, gathered), wanted))
    unknown = _words(cluster, gathered)
    return Observed(cluster, version, gathered.objects, gathered.managed, gathered.unreadable, unknown)


def read_again(api: KubeApi, refs: Iterable[ObjectRef]) -> dict[ObjectRef, JsonObject | None]:
    """Read single objects; None: it is not there. One that cannot be read now is left out, so it stays as it was."""
    found: dict[ObjectRef, JsonObject | None] = {}

    def read(ref: ObjectRef) -> None:
        listed = BY_KIND.get((ref.api_version, ref.kind))
        if listed is None:
            return
        try:
            item = api.get(listed.object_path(ref.namespace, ref.name))
            found[ref] = {"apiVersion": ref.api_version, "kind": ref.kind, **item}
        except ApiNotFound:
            found[ref] = None
        except ApiError:
            return

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="read") as pool:
        list(pool.map(read, refs))
    return found


def _server_version(api: KubeApi, gathered: _Gathered) -> str:
    try:
        return text_at(api.get("/version"), "gitVersion")
    except ApiUnreachable as error:
        gathered.dead = error.message
        return ""
    except ApiError:
        return ""


def _list(api: KubeApi, cluster: str, listed: Kind, gathered: _Gathered) -> None:
    key = (listed.api_version, listed.kind)
    if gathered.dead:
        gathered.unreadable[key] = gathered.dead
        return
    try:
        items = api.list_all(listed.path)
    except ApiUnreachable as error:
        gathered.dead = gathered.dead or error.message
        gathered.unreadable[key] = error.message
        return
    except ApiNotFound:
        return  # the cluster does not serve the kind, so there is no object of it
    except ApiError as error:
        gathered.unreadable[key] = _reason(error)
        return
    with gathered.mutex:
        for item in items:
            ref = _reference(item, cluster)
            gathered.objects[ref], gathered.managed[ref] = split_managed(item)


def _reference(item: JsonObject, cluster: str) -> ObjectRef:
    return ObjectRef(
        cluster,
        text_at(item, "apiVersion"),
        text_at(item, "kind"),
        text_at(item, "metadata", "namespace"),
        text_at(item, "metadata", "name"),
    )


def _reason(error: ApiError) -> str:
    match error.status:
        case 401:
            return "401: the cluster does not know the nightly identity"
        case 403:
            return "403: the nightly identity may not list it"
        case status:
            return f"{status or 'no status'}: {error.message}"


def _words(cluster: str, gathered: _Gathered) -> tuple[Unknown, ...]:
    """Say what could not be read: one line for a dead server, else one per reason."""
    kinds: dict[str, list[str]] = {}
    for (_, kind), reason in gathered.unreadable.items():
        kinds.setdefault(reason, []).append(kind)
    found = []
    for reason, names in sorted(kinds.items()):
        what = "everything" if len(names) == len(LISTED) else ", ".join(sorted(names))
        found.append(Unknown(None, f"cluster {cluster}: {what}", reason))
    return tuple(found)
