"""Which cluster answers is told apart from whether one answers, for every identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.clusters.connect import unchecked
from kogge.clusters.identity import Identity
from kogge.doctor import cluster
from kogge.doctor.check import Check
from kogge.estate import Estate
from tests.support.estate_files import EstateFiles
from tests.support.uid_server import UID, estate_at, uid_server

OTHER = "22222222-2222-4222-8222-222222222222"


def uid_checks(estate: Estate) -> tuple[Check, Check]:
    """Return the checks that the apiserver answers and that it is the right one."""
    patient = cluster.Patient(estate, "hl1", unchecked(estate, "hl1", Identity.PLATFORM))
    return cluster.version(patient), cluster.kube_system_uid(patient)


def test_the_right_cluster_answers_as_the_right_one(files: EstateFiles, tmp_path: Path) -> None:
    with uid_server(tmp_path) as server:
        answers, right = uid_checks(estate_at(files, server.kubeconfigs, {"kube_system_uid": UID}))
    assert (answers.ok, right.ok, right.found, right.expected) == (True, True, UID, UID)


def test_another_cluster_answers_and_is_not_the_right_one(files: EstateFiles, tmp_path: Path) -> None:
    with uid_server(tmp_path) as server:
        answers, right = uid_checks(estate_at(files, server.kubeconfigs, {"kube_system_uid": OTHER}))
    assert (answers.ok, right.ok, right.found, right.expected) == (True, False, UID, OTHER)
    assert "another cluster" in right.next_step


def test_a_kubeconfig_of_the_provisioner_that_leads_elsewhere_is_named(files: EstateFiles, tmp_path: Path) -> None:
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    with uid_server(tmp_path / "right") as right, uid_server(tmp_path / "wrong", OTHER) as wrong:
        own = right.kubeconfigs / "provisioner.yaml"
        own.write_text((wrong.kubeconfigs / "provisioner.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        answers, found = uid_checks(estate_at(files, right.kubeconfigs, {"kube_system_uid": UID}))
    assert answers.ok
    assert (found.ok, found.found, found.expected) == (False, f"{OTHER} (kubeconfig of provisioner)", UID)


def test_an_identity_without_rights_does_not_hide_that_the_cluster_is_right(files: EstateFiles, tmp_path: Path) -> None:
    with uid_server(tmp_path) as server:
        server.without_rights.add("kogge:provisioner")
        _, right = uid_checks(estate_at(files, server.kubeconfigs, {"kube_system_uid": UID}))
    assert right.ok


def test_a_home_directory_in_a_path_is_found(
    files: EstateFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with uid_server(tmp_path) as server:
        home = tmp_path / "home"
        home.mkdir()
        (home / "clusters").symlink_to(server.kubeconfigs)
        (home / "uid").write_text(UID, encoding="ascii")
        monkeypatch.setenv("HOME", str(home))
        answers, right = uid_checks(estate_at(files, "~/clusters", {"kube_system_uid_file": "~/uid"}))
    assert (answers.ok, right.ok) == (True, True)


def test_a_uid_file_that_is_not_there_is_a_finding_with_the_next_step(files: EstateFiles, tmp_path: Path) -> None:
    with uid_server(tmp_path) as server:
        answers, unknown = uid_checks(estate_at(files, server.kubeconfigs, {"kube_system_uid_file": "none"}))
    assert (answers.ok, unknown.ok) == (True, False)
    assert "cannot be read" in unknown.found
    assert unknown.next_step
