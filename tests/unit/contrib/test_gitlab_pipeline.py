"""The pipeline template: what a merge request says never runs beside a credential."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import hostile_repository
from tests.support.checkout import CHECKOUT
from tests.support.gitlab_pipeline import Job, Pipeline
from tests.support.hostile_repository import HostileRepository

PIPELINE = Pipeline.read(CHECKOUT / "contrib" / "ci" / "gitlab-ci.yml")
KOGGE = '"$KOGGE/bin/kogge" --root "$CI_PROJECT_DIR" '
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_DEFAULT_BRANCH": "main",
    "CI_COMMIT_REF_PROTECTED": "false",
}
WITHOUT_SECRETS = {"kogge-check"}
SOURCES = ("push", "web", "schedule", "api", "trigger", "merge_request_event", "external_pull_request_event", "chat")


def pipelines() -> list[dict[str, str]]:
    """Return every kind of pipeline: what started it, on which branch, protected or not."""
    return [
        {
            "CI_PIPELINE_SOURCE": source,
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_REF_PROTECTED": protected,
            "OWNER": owner,
            **({"CI_COMMIT_BRANCH": branch} if branch else {}),
        }
        for source, branch, protected, owner in itertools.product(
            SOURCES, ("main", "topic", ""), ("true", "false"), ("moelln", "")
        )
    ]


def with_secrets() -> list[Job]:
    return [job for job in PIPELINE.jobs.values() if job.tags - WITHOUT_SECRETS]


def test_a_merge_request_is_checked_rendered_and_judged() -> None:
    assert set(PIPELINE.of(MERGE_REQUEST)) == {"validate", "render", "impact"}


def test_no_job_of_a_merge_request_has_a_runner_an_environment_or_a_cache_with_secrets() -> None:
    for job in PIPELINE.of({**MERGE_REQUEST, "CI_COMMIT_REF_PROTECTED": "true", "OWNER": "moelln"}).values():
        assert job.tags == WITHOUT_SECRETS, job.name
        assert not {"environment", "cache", "secrets", "id_tokens", "variables", "dependencies"} & set(job.words), (
            job.name
        )
        assert job.words["needs"] == [], job.name


def test_jobs_with_secrets_run_on_the_protected_default_branch_alone() -> None:
    assert {job.name for job in with_secrets()} == {"keys", "plan", "apply", "nightly"}
    for variables in pipelines():
        allowed = variables.get("CI_COMMIT_BRANCH") == "main" and variables["CI_COMMIT_REF_PROTECTED"] == "true"
        found = [job.name for job in PIPELINE.of(variables).values() if job.tags - WITHOUT_SECRETS]
        assert allowed or not found, variables


def test_every_job_with_secrets_belongs_to_a_protected_environment() -> None:
    assert all(job.words["environment"]["name"] in {"production", "nightly"} for job in with_secrets())


def test_each_job_has_the_identities_of_its_work() -> None:
    assert {job.name: job.tags for job in PIPELINE.jobs.values()} == {
        "validate": {"kogge-check"},
        "render": {"kogge-check"},
        "impact": {"kogge-check"},
        "keys": {"kogge-apply"},
        "plan": {"kogge-apply"},
        "apply": {"kogge-apply"},
        "nightly": {"kogge-nightly"},
    }


def test_apply_and_keys_wait_for_a_person_and_for_each_other() -> None:
    for name in ("apply", "keys"):
        words = PIPELINE.jobs[name].words
        assert [rule["when"] for rule in words["rules"]] == ["manual"]
        assert words["resource_group"] == PIPELINE.jobs["plan"].words["resource_group"]


def test_jobs_call_the_platforms_kogge_and_git_without_hooks() -> None:
    git = 'git -C "$CI_PROJECT_DIR" -c core.hooksPath=/dev/null '
    for job in PIPELINE.jobs.values():
        assert all(line.startswith((KOGGE, git)) for line in job.script), job.name
        assert not any(re.search(r"[;&|`]|\$\(", line) for line in job.script), job.name
        assert not {"before_script", "after_script", "hooks", "image", "services", "include"} & set(job.words), job.name


def test_no_secret_is_in_an_argument_list() -> None:
    """What a script names of the protected variables is the path of a file."""
    names = {name for job in with_secrets() for line in job.script for name in re.findall(r"\$\{?(\w+)", line)}
    assert {name for name in names if not name.startswith(("CI_", "GITLAB_"))} == {
        "KOGGE",
        "KOGGE_PUSH_CREDENTIALS",
        "OWNER",
    }
    push = next(line for line in PIPELINE.jobs["keys"].script if " push " in line)
    assert 'credential.helper="store --file=$KOGGE_PUSH_CREDENTIALS"' in push


def run(job: Job, repository: HostileRepository, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a job's script as its runner would: nothing but the checkouts, and no network where that can be taken."""
    home.mkdir(exist_ok=True)
    alone = ["unshare", "--net"] if os.geteuid() == 0 and shutil.which("unshare") else []
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "KOGGE": str(CHECKOUT),
        "CI_PROJECT_DIR": str(repository.root),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.git("rev-parse", "HEAD~1"),
    }
    return subprocess.run(
        [*alone, "bash", "-e", "-o", "pipefail", "-c", "\n".join(job.script)],
        cwd=repository.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> HostileRepository:
    return hostile_repository.make(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("name", sorted(PIPELINE.of(MERGE_REQUEST)))
def test_a_job_of_a_merge_request_needs_no_credential_and_runs_nothing_of_the_repository(
    name: str, repository: HostileRepository, tmp_path: Path
) -> None:
    done = run(PIPELINE.jobs[name], repository, tmp_path / "home")
    assert done.returncode == 0, done.stdout + done.stderr
    assert repository.ran() == []
    assert not (repository.root / ".kogge").exists()


def test_the_rendered_and_judged_change_is_kept(repository: HostileRepository, tmp_path: Path) -> None:
    for name in ("render", "impact"):
        run(PIPELINE.jobs[name], repository, tmp_path / "home")
    assert "name: moelln--terminvergabe" in (repository.root / "rendered.yaml").read_text(encoding="utf-8")
    assert "moelln" in (repository.root / "impact.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", ["tenants/moelln.yaml", "platform.yaml", "tenants"])
def test_a_link_out_of_the_repository_is_not_followed(link: str, repository: HostileRepository, tmp_path: Path) -> None:
    copy = HostileRepository(tmp_path / "data", repository.marks)
    shutil.copytree(repository.root, copy.root, symlinks=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "moelln.yaml").write_text("told: of-a-secret\n", encoding="utf-8")
    place = copy.root / link
    if place.is_dir():
        shutil.rmtree(place)
        place.symlink_to(outside)
    else:
        place.unlink()
        place.symlink_to(outside / "moelln.yaml")
    done = run(PIPELINE.jobs["validate"], copy, tmp_path / "home")
    assert done.returncode == 2
    assert "leads out of the data root" in done.stdout
    assert "of-a-secret" not in done.stdout + done.stderr
    assert repository.ran() == []


def test_a_repository_that_brings_records_is_refused(repository: HostileRepository, tmp_path: Path) -> None:
    copy = HostileRepository(tmp_path / "data", repository.marks)
    shutil.copytree(repository.root, copy.root, symlinks=True)
    (copy.root / ".kogge" / "learned").mkdir(parents=True)
    (copy.root / ".kogge" / "learned" / "hl1.json").write_text("{}", encoding="utf-8")
    assert run(PIPELINE.jobs["validate"], copy, tmp_path / "home").returncode == 0
    copy.git("add", "-f", ".kogge/learned/hl1.json")
    done = run(PIPELINE.jobs["validate"], copy, tmp_path / "home")
    assert done.returncode == 2
    assert "committed-state" in done.stdout
