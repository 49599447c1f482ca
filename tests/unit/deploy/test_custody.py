"""A master key is never made where the next job of a pipeline would clean it away."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kogge.deploy.custody import KeyWouldBeLostError, in_pipeline, uncommitted
from kogge.deploy.keys import ensure_key, new_key, require_key
from kogge.deploy.stacks.environment import backend_url
from kogge.estate import Estate
from kogge.keyring import KeyMissingError, Keyring, KeyringError
from kogge.trust import key_directory, master_path
from tests.support.key_safe import KeySafe


def git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@kommune.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(safe: KeySafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """A data repository that keeps its keys, in a job of a pipeline."""
    git(safe.estate.root, "init", "-q")
    keys = safe.estate.platform.keys.model_copy(update={"directory": "keys", "pin": str(tmp_path / "platform.pin")})
    monkeypatch.setenv("CI", "true")
    return replace(safe.estate, platform=safe.estate.platform.model_copy(update={"keys": keys}))


def commit(estate: Estate) -> None:
    git(estate.root, "add", "keys")
    git(estate.root, "commit", "-qm", "keys")


def test_no_key_is_made_in_the_checkout_of_a_pipeline_unless_just_that_is_asked_for(repository: Estate) -> None:
    for owner in ("platform", "moelln"):
        with pytest.raises(KeyWouldBeLostError, match=f"the master key of {owner} would lie untracked") as refused:
            ensure_key(repository, Keyring(repository), owner)
        assert f"kogge keys new {owner}" in str(refused.value.hint)
    assert not key_directory(repository).exists()
    assert new_key(repository, "moelln")
    assert {path.name for path in key_directory(repository).iterdir()} == {
        f"{owner}.{kind}" for owner in ("platform", "moelln") for kind in ("age", "digests")
    }


def test_a_key_that_is_not_committed_makes_no_stack_there_and_one_that_is_does(repository: Estate) -> None:
    new_key(repository, "moelln")
    with pytest.raises(KeyWouldBeLostError, match="would lie untracked"):
        ensure_key(repository, Keyring(repository), "moelln")
    commit(repository)
    assert not ensure_key(repository, Keyring(repository), "moelln")


def test_a_stack_that_is_there_is_applied_with_the_key_it_has(repository: Estate) -> None:
    new_key(repository, "moelln")
    state = repository.path(backend_url(repository).removeprefix("file://")) / ".pulumi/stacks/kogge/moelln.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": []}}}), encoding="utf-8")
    assert not ensure_key(repository, Keyring(repository), "moelln")
    master_path(key_directory(repository), "moelln").unlink()
    for need in (ensure_key, require_key):
        with pytest.raises(KeyringError, match="moelln has a stack but no master key"):
            need(repository, Keyring(repository), "moelln")


def test_a_committed_key_that_is_missing_is_restored_and_not_made_anew_anywhere(
    repository: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key(repository, "moelln")
    commit(repository)
    master_path(key_directory(repository), "moelln").unlink()
    monkeypatch.delenv("CI")
    for asked in (True, False):
        with pytest.raises(KeyWouldBeLostError, match="git has a master key of moelln") as refused:
            ensure_key(repository, Keyring(repository), "moelln", asked=asked)
        assert "git restore" in str(refused.value.hint)


def test_at_a_desk_a_key_is_made_and_what_must_be_committed_is_named(
    repository: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "false")
    keyring = Keyring(repository)
    assert ensure_key(repository, keyring, "moelln")
    assert keyring.made == ("platform", "moelln")
    files = {f"{owner}.{kind}" for owner in ("platform", "moelln") for kind in ("age", "digests")}
    assert {path.name for path in uncommitted(repository, keyring.made)} == files
    commit(repository)
    assert uncommitted(repository, keyring.made) == ()


def test_the_sandboxs_own_keys_and_keys_outside_of_any_repository_are_made(
    safe: KeySafe, repository: Estate, tmp_path: Path
) -> None:
    assert ensure_key(safe.estate, safe.keyring(), "platform")
    assert uncommitted(safe.estate, ["platform"]) == ()
    more = {"directory": str(tmp_path / "elsewhere"), "pin": str(tmp_path / "other.pin")}
    keys = repository.platform.keys.model_copy(update=more)
    outside = replace(repository, platform=repository.platform.model_copy(update={"keys": keys}))
    assert ensure_key(outside, Keyring(outside), "platform")


def test_where_no_key_may_be_made_a_missing_one_is_named(repository: Estate) -> None:
    with pytest.raises(KeyMissingError, match="moelln has no master key"):
        require_key(repository, Keyring(repository), "moelln")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CI": "0"}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"GITLAB_CI": "true"}, True),
        ({"CI": "false", "JENKINS_URL": "https://ci.kommune.example"}, True),
        ({"CIRCUS": "true"}, False),
    ],
)
def test_a_pipeline_is_known_by_what_it_sets(environ: dict[str, str], told: bool) -> None:
    assert in_pipeline(environ) is told
