"""The namespace of a space carries Pod Security and the tenant's name, and is not taken away by accident."""

from __future__ import annotations

from kogge.desired import Order, Removal
from kogge.desired.kubernetes.namespace import namespace
from tests.support.estate_files import EstateFiles, space_of


def test_pod_security_is_restricted_in_every_mode_and_pinned_to_the_clusters_version(files: EstateFiles) -> None:
    with files.edit("platform.yaml") as platform:
        platform["clusters"]["hl1"]["kubernetes"] = "1.36"
    found = namespace(space_of(files.load(), "moelln", "terminvergabe"))
    assert found.manifest["metadata"]["labels"] == {
        "app.kubernetes.io/managed-by": "kogge",
        "kogge.internal/tenant": "moelln",
        "kogge.internal/service": "terminvergabe",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.36",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "v1.36",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.36",
    }


def test_only_a_staged_removal_takes_it_away_and_it_is_made_first(files: EstateFiles) -> None:
    found = namespace(space_of(files.load(), "moelln", "terminvergabe"))
    assert (found.ref.name, found.removal, found.order) == (
        "moelln--terminvergabe",
        Removal.STAGED,
        Order.NAMESPACE,
    )
