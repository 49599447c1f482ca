"""The table of what the cluster writes itself hides exactly that."""

from __future__ import annotations

import pytest

from kogge.drift.objects.server_managed import TABLE, comparable, is_server_managed
from kogge.json_difference import Difference
from kogge.json_value import steps

REVISION = "/metadata/annotations/deployment.kubernetes.io~1revision"


@pytest.mark.parametrize(
    ("kind", "path", "expected", "found", "hidden"),
    [
        ("Deployment", REVISION, None, "12", True),
        ("Deployment", REVISION, None, "12; rm -rf /", False),
        ("Deployment", REVISION, "11", "12", False),
        ("Deployment", "/metadata/annotations", None, {"deployment.kubernetes.io/revision": "12"}, False),
        ("ConfigMap", REVISION, None, "12", False),
        ("Service", "/spec/clusterIP", None, "10.96.0.1", True),
        ("Service", "/spec/clusterIP", None, "None", False),
        ("Service", "/spec/clusterIPs", None, ["10.96.0.1", "evil"], False),
        ("Service", "/spec/externalIPs", None, ["203.0.113.1"], False),
        ("PersistentVolumeClaim", "/spec/volumeName", None, "pvc-123", True),
        ("PersistentVolumeClaim", "/spec/storageClassName", None, "fast", False),
    ],
)
def test_only_what_looks_like_the_clusters_own_doing_is_hidden(
    kind: str, path: str, expected: object, found: object, hidden: bool
) -> None:
    difference = Difference(steps(path), expected, found)  # type: ignore[arg-type]
    assert is_server_managed(kind, difference) is hidden


def test_every_entry_says_why_and_names_one_exact_place() -> None:
    assert all(entry.reason and len(entry.path) >= 2 for entry in TABLE)
    assert not any(step in {"*", ""} for entry in TABLE for step in entry.path)


def test_of_the_metadata_only_what_no_client_can_choose_is_left_out() -> None:
    metadata = {
        "uid": "1",
        "resourceVersion": "2",
        "finalizers": ["a/b"],
        "deletionTimestamp": "now",
        "labels": {"a": "b"},
    }
    kept = comparable({"metadata": metadata, "status": {"phase": "Active"}, "spec": {}})
    assert kept == {
        "metadata": {"finalizers": ["a/b"], "deletionTimestamp": "now", "labels": {"a": "b"}},
        "spec": {},
    }
