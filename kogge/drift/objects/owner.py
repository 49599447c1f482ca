"""Which object a controller says it made for which other one; an ownerReference alone proves nothing.

Clients can write any ownerReference, so a child is believed only if the pair is in this table, the reference says
``controller: true``, the uid is the owner's, and the child is what its owner yields (``children``).
https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kogge.clusters.kinds import kind_of
from kogge.findings import ObjectRef
from kogge.json_value import JsonObject, items_at, text_at
from kogge.observe.observed import Observed

PAIRS: Final[dict[str, frozenset[str]]] = {
    "ReplicaSet": frozenset({"Deployment"}),
    "Pod": frozenset({"ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"}),
    "EndpointSlice": frozenset({"Service"}),
    "Job": frozenset({"CronJob"}),
    "ControllerRevision": frozenset({"StatefulSet", "DaemonSet"}),
}
"""Kind of a child -> kinds that make it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller that an object names."""

    ref: ObjectRef
    uid: str


def owner_of(ref: ObjectRef, item: JsonObject) -> Owner | None:
    """Return the controller an object names, if it is of a kind that makes such objects.

    There is exactly one ownerReference then, as controllers write it.
    """
    entries = items_at(item, "metadata", "ownerReferences")
    if len(entries) != 1 or entries[0].get("controller") is not True:
        return None
    entry = entries[0]
    kind = text_at(entry, "kind")
    if kind not in PAIRS.get(ref.kind, frozenset()) or text_at(entry, "apiVersion") != kind_of(kind).api_version:
        return None
    where = kind_of(kind).ref(ref.cluster, ref.namespace, text_at(entry, "name"))
    return Owner(where, text_at(entry, "uid"))


def live_owner(owner: Owner, observed: Observed) -> JsonObject | None:
    """Return the owner as it runs; None when it does not exist or has another uid."""
    live = observed.objects.get(owner.ref)
    return live if live is not None and owner.uid and text_at(live, "metadata", "uid") == owner.uid else None
