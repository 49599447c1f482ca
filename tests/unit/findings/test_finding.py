"""A finding is the same finding in every run, and says where it is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kogge.estate.estate import PLATFORM
from kogge.findings import Finding, FindingClass, HostRef, Judgement, ObjectRef, Severity, Unknown

WHERE = ObjectRef("hl1", "networking.k8s.io/v1", "NetworkPolicy", "moelln--terminvergabe", "default-deny")
FINDING = Finding(FindingClass.CHANGED, Severity.CRITICAL, "moelln", WHERE, "/spec/ingress", None, [{}])


def test_the_id_is_the_same_whatever_was_found_and_whoever_did_it() -> None:
    assert replace(FINDING, expected=1, found=2, actor="kubectl", severity=Severity.LOW, tenant=None).id == FINDING.id
    assert len(FINDING.id) == 12


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, classification=FindingClass.FOREIGN),
        replace(FINDING, path="/spec/egress"),
        replace(FINDING, where=replace(WHERE, cluster="hl2")),
        replace(FINDING, where=replace(WHERE, namespace="rostock--terminvergabe")),
        replace(FINDING, where=replace(WHERE, kind="Ingress")),
        replace(FINDING, where=HostRef("db1", "database", "pg_hba.conf")),
    ],
)
def test_another_difference_has_another_id(other: Finding) -> None:
    assert other.id != FINDING.id


def test_the_id_stays_what_it_was_in_earlier_reports() -> None:
    assert FINDING.id == "fa910d683bb5"


def test_an_object_is_where_its_manifest_says() -> None:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "moelln--terminvergabe"}}
    found = ObjectRef.of(manifest, "hl1")
    assert found == ObjectRef("hl1", "v1", "Namespace", "", "moelln--terminvergabe")
    assert str(found) == "Namespace moelln--terminvergabe"
    assert str(WHERE) == "NetworkPolicy moelln--terminvergabe/default-deny"


def test_places_are_told_in_json() -> None:
    assert WHERE.to_json() == {
        "cluster": "hl1",
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "namespace": "moelln--terminvergabe",
        "name": "default-deny",
    }
    host = HostRef("db1", "database", "pg_hba.conf")
    assert json.loads(json.dumps(host.to_json())) == {"host": "db1", "role": "database", "item": "pg_hba.conf"}
    assert str(host) == "db1 database: pg_hba.conf"


@pytest.mark.parametrize(
    ("unknown", "scope"),
    [
        (
            Unknown("moelln", "Secret moelln--terminvergabe/secrets", "403"),
            "tenant moelln: Secret moelln--terminvergabe/secrets",
        ),
        (Unknown("moelln", "", "its file has an error"), "tenant moelln"),
        (Unknown(PLATFORM, "ClusterRole kogge-view", "not learned"), "platform: ClusterRole kogge-view"),
        (Unknown(None, "cluster hl1: everything", "no answer"), "cluster hl1: everything"),
    ],
)
def test_what_could_not_be_read_is_named_with_whose_it_is(unknown: Unknown, scope: str) -> None:
    assert unknown.scope == scope


def test_what_is_nobodys_own_is_the_platforms() -> None:
    assert FINDING.owner == "moelln"
    assert replace(FINDING, tenant=None).owner == PLATFORM


def test_a_question_about_some_is_answered_with_theirs_and_with_what_concerns_everybody() -> None:
    ours, shared = Unknown(PLATFORM, "ClusterRole kogge-view", "why"), Unknown(None, "cluster hl1: Secret", "403")
    theirs, platforms = Unknown("rostock", "", "why"), replace(FINDING, tenant=None, path="/spec")
    all_of_it = Judgement((FINDING, platforms), (ours, theirs, shared), ("edge1: kernel settings",))
    assert all_of_it.about(["moelln"]) == Judgement((FINDING,), (shared,), all_of_it.not_verifiable)
    assert all_of_it.about([PLATFORM]) == Judgement((platforms,), (ours, shared), all_of_it.not_verifiable)
    assert all_of_it.about([PLATFORM, "moelln", "rostock"]) == all_of_it
