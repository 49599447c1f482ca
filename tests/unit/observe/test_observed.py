"""What was read of a cluster stays one picture when some of it is read again."""

from __future__ import annotations

from kogge.findings import ObjectRef, Unknown
from kogge.json_value import JsonObject
from kogge.observe.observed import Observed, split_managed

POD = ObjectRef("hl1", "v1", "Pod", "moelln--terminvergabe", "app")
OTHER = ObjectRef("hl1", "v1", "Pod", "moelln--terminvergabe", "other")
QUOTA = ObjectRef("hl1", "v1", "ResourceQuota", "moelln--terminvergabe", "space")
ENTRY: JsonObject = {"manager": "kubectl-edit"}


def item(ref: ObjectRef, **more: str) -> JsonObject:
    return {"kind": ref.kind, "metadata": {"name": ref.name}, **more}


SEEN = Observed(
    "hl1",
    "v1.37.2",
    {POD: item(POD), OTHER: item(OTHER), QUOTA: item(QUOTA)},
    {POD: [ENTRY], OTHER: [], QUOTA: [ENTRY]},
    {("v1", "Secret"): "403"},
    (Unknown(None, "cluster hl1: Secret", "403"),),
)


def test_who_owns_which_field_is_kept_beside_the_object() -> None:
    assert split_managed({"metadata": {"name": "app", "managedFields": [ENTRY, "damaged"]}}) == (
        {"metadata": {"name": "app"}},
        [ENTRY],
    )
    assert split_managed({"metadata": None}) == ({"metadata": None}, [])


def test_an_object_that_was_read_again_replaces_what_was_known_and_one_that_is_gone_leaves() -> None:
    fresh = SEEN.with_objects({POD: {"kind": "Pod", "metadata": {"name": "app", "managedFields": []}}, OTHER: None})
    assert fresh.objects == {POD: item(POD), QUOTA: item(QUOTA)}
    assert fresh.managed == {POD: [], QUOTA: [ENTRY]}
    assert (fresh.unreadable, fresh.unknown) == (SEEN.unreadable, SEEN.unknown)


def test_a_kind_that_was_listed_again_holds_only_what_the_list_had() -> None:
    listed = Observed("hl1", "v1.37.2", {OTHER: item(OTHER, phase="new")}, {OTHER: []}, {}, ())
    fresh = SEEN.with_kinds([("v1", "Pod")], listed)
    assert fresh.objects == {QUOTA: item(QUOTA), OTHER: item(OTHER, phase="new")}
    assert set(fresh.managed) == {QUOTA, OTHER}
    assert fresh.of_kind("Pod") == (OTHER,)
    assert SEEN.of_kind("Pod") == (POD, OTHER)


def test_a_kind_that_could_not_be_listed_is_not_taken_for_empty() -> None:
    assert not SEEN.readable(ObjectRef("hl1", "v1", "Secret", "x", "y"))
    assert not SEEN.kind_readable("Secret")
    assert SEEN.kind_readable("Pod")
