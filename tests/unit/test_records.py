"""Records that came with the repository are not this machine's, and nothing believes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kogge.deploy.session import open_session
from kogge.deploy.stacks.environment import project_directory
from kogge.nightly.whole_check import drift_report
from kogge.records import CommittedRecordsError, are_committed, require_own_records
from tests.support.estate_files import EstateFiles


@pytest.fixture
def repository(files: EstateFiles) -> EstateFiles:
    """A data root in git, with records that nobody committed."""
    learned = files.root / ".kogge" / "learned" / "hl1.json"
    learned.parent.mkdir(parents=True, exist_ok=True)
    learned.write_text("{}", encoding="utf-8")
    git(files.root, "init", "-q")
    git(files.root, "add", "tenants", "catalogue", "platform.yaml")
    return files


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def test_records_of_this_machine_are_its_own(repository: EstateFiles) -> None:
    require_own_records(repository.root)
    assert open_session(repository.root).estate.tenants


@pytest.mark.parametrize("planted", [".kogge/learned/hl1.json", ".kogge"])
def test_records_that_came_with_the_repository_are_used_by_no_command(repository: EstateFiles, planted: str) -> None:
    git(repository.root, "add", "-f", planted)
    assert are_committed(repository.root)
    with pytest.raises(CommittedRecordsError) as refused:
        open_session(repository.root)
    assert "git rm -r --cached" in str(refused.value.hint)
    with pytest.raises(CommittedRecordsError):
        project_directory(repository.load())
    judgement = drift_report(repository.root, ()).judgement
    assert not judgement.findings
    assert [unknown.where for unknown in judgement.unknown] == ["records: .kogge/"]


def test_a_link_in_the_place_of_the_records_is_refused_as_well(files: EstateFiles, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (files.root / ".kogge").symlink_to(tmp_path / "elsewhere")
    git(files.root, "init", "-q")
    require_own_records(files.root)
    git(files.root, "add", "-f", ".kogge")
    with pytest.raises(CommittedRecordsError):
        require_own_records(files.root)
