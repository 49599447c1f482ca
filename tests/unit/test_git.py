"""What git has of a data root, and that a hostile one runs nothing of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kogge.errors import KoggeError, UsageError
from kogge.git import commit_id, commit_of, is_listed, write_data_files
from tests.support import hostile_repository
from tests.support.checkout import CHECKOUT
from tests.support.hostile_repository import HostileRepository


@pytest.fixture
def repository(tmp_path: Path) -> HostileRepository:
    return hostile_repository.make(tmp_path)


@pytest.mark.parametrize("words", [("status", "--porcelain"), ("archive", "HEAD", "platform.yaml")])
def test_git_called_plainly_runs_what_the_repository_names(
    repository: HostileRepository, words: tuple[str, ...]
) -> None:
    """Otherwise the tests below could not fail."""
    subprocess.run(["git", "-C", str(repository.root), *words], capture_output=True, timeout=60, check=False)
    assert repository.ran()


def test_the_commit_and_the_files_at_it_are_read_without_running_anything(
    repository: HostileRepository, tmp_path: Path
) -> None:
    base = commit_id(repository.root, "HEAD~1")
    write_data_files(repository.root, base, tmp_path / "base")
    assert commit_of(repository.root) == repository.git("rev-parse", "HEAD")
    assert is_listed(repository.root, repository.root / "tenants")
    assert not is_listed(repository.root, repository.root / "tenants" / "new.yaml")
    assert repository.ran() == []
    for path in (*(CHECKOUT / "tenants").iterdir(), CHECKOUT / "platform.yaml"):
        assert (tmp_path / "base" / path.relative_to(CHECKOUT)).read_bytes() == path.read_bytes()


def test_an_object_that_is_missing_is_not_fetched(repository: HostileRepository, tmp_path: Path) -> None:
    blob = repository.git("rev-parse", "HEAD:platform.yaml")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(KoggeError):
        write_data_files(repository.root, commit_id(repository.root, "HEAD"), tmp_path / "base")
    assert repository.ran() == []


def test_an_environment_that_names_another_repository_is_not_followed(
    repository: HostileRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXEC_PATH", str(tmp_path / "elsewhere"))
    assert commit_of(repository.root) is not None


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("tenants/moelln.yaml", lambda path: path.write_bytes(path.read_bytes() + b"#\n")),
        ("tenants/new.yaml", lambda path: path.write_bytes(b"")),
        ("catalogue/terminvergabe.yaml", lambda path: path.unlink()),
        ("platform.yaml", lambda path: path.unlink()),
    ],
)
def test_a_data_file_that_differs_from_the_commit_marks_it(
    repository: HostileRepository, file: str, change: Callable[[Path], object]
) -> None:
    change(repository.root / file)
    told = commit_of(repository.root)
    assert told is not None
    assert told.endswith("+")


def test_other_files_do_not_mark_the_commit(repository: HostileRepository) -> None:
    (repository.root / "notes.txt").write_text("nothing", encoding="utf-8")
    (repository.root / "tenants" / ".moelln.yaml.swp").write_text("nothing", encoding="utf-8")
    told = commit_of(repository.root)
    assert told is not None
    assert not told.endswith("+")


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    with pytest.raises(UsageError, match="git rev-parse"):
        commit_id(tmp_path, "main")


def test_a_name_that_looks_like_an_option_is_a_name(repository: HostileRepository) -> None:
    with pytest.raises(UsageError):
        commit_id(repository.root, "--git-dir")


def test_a_directory_that_poses_as_a_repository_is_none(repository: HostileRepository) -> None:
    inner = repository.root / "inner"
    subprocess.run(["git", "init", "-q", "--bare", str(inner)], check=True)
    (inner / "tenants").mkdir()
    with pytest.raises(UsageError):
        commit_id(inner, "HEAD")


def test_a_link_in_a_commit_leads_nothing_out_of_the_directory(repository: HostileRepository, tmp_path: Path) -> None:
    """The same name as a link and as a directory cannot be checked out by git, but can stand in a tree."""
    outside = tmp_path / "outside"
    outside.mkdir()
    link = _object(repository, str(outside).encode())
    file = _object(repository, b"planted: true\n")
    inner = _tree(repository, (b"100644", b"planted.yaml", file))
    tree = _tree(repository, (b"120000", b"tenants", link), (b"40000", b"tenants", inner))
    commit = repository.git("commit-tree", "-m", "Plant", tree)
    with pytest.raises(UsageError):
        write_data_files(repository.root, commit, tmp_path / "base")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", [b"..", b"../../planted.yaml"])
def test_a_name_in_a_commit_cannot_lead_upwards(repository: HostileRepository, tmp_path: Path, name: bytes) -> None:
    file = _object(repository, b"planted: true\n")
    inner = _tree(repository, (b"100644", name, file))
    commit = repository.git("commit-tree", "-m", "Plant", _tree(repository, (b"40000", b"tenants", inner)))
    with pytest.raises(UsageError):
        write_data_files(repository.root, commit, tmp_path / "a" / "base")
    assert not (tmp_path / "planted.yaml").exists()


def _object(repository: HostileRepository, content: bytes, kind: str = "blob") -> str:
    words = ["git", "-C", str(repository.root), "hash-object", "-w", "--literally", "-t", kind, "--stdin"]
    return subprocess.run(words, input=content, check=True, capture_output=True).stdout.decode().strip()


def _tree(repository: HostileRepository, *entries: tuple[bytes, bytes, str]) -> str:
    content = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(found) for mode, name, found in entries)
    return _object(repository, content, "tree")
