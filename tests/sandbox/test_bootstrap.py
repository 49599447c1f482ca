"""bin/kogge and the Python environment it prepares."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox import python_environment
from sandbox.fault import SandboxError
from tests.support.checkout import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock file holds nothing: its environment is made in seconds, without a registry."""
    checkout = tmp_path / "a checkout with spaces"
    for name in ("bin", "kogge", "sandbox"):
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "requirements.lock").write_text("# nothing\n", encoding="utf-8")
    return checkout


def run(program: Path, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), "--version"],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_a_fitting_python_the_next_step_is_named(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for program in ("sh", "readlink", "cmp", "dirname"):
        found = shutil.which(program)
        assert found is not None
        (tools / program).symlink_to(found)
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tools / "python3").chmod(0o755)
    done = run(checkout / "bin" / "kogge", tmp_path, PATH=str(tools))
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "next:" in done.stderr


def test_it_is_found_through_links_and_the_environment_is_made_once(checkout: Path, tmp_path: Path) -> None:
    link = tmp_path / "kogge"
    link.symlink_to(Path(checkout.name) / "bin" / "kogge")
    first = run(link, tmp_path)
    assert "preparing Python" in first.stderr
    # The empty lock has no typer: what matters here is that Kogge's own Python was started from the checkout.
    assert "No module named" in first.stderr
    second = run(link, tmp_path)
    assert "preparing Python" not in second.stderr
    assert (checkout / ".kogge" / "python" / "requirements.lock").read_text(encoding="utf-8") == "# nothing\n"


def test_an_environment_that_was_not_finished_is_made_again(checkout: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "kogge"
    environment = python_environment.ensure(checkout, cache)
    (environment / "requirements.lock").unlink()
    (environment / "rubbish").write_text("", encoding="utf-8")
    assert python_environment.ensure(checkout, cache) == environment
    assert python_environment.is_complete(environment, checkout)
    assert not (environment / "rubbish").exists()


def test_a_changed_lock_is_another_environment(checkout: Path, tmp_path: Path) -> None:
    before = python_environment.location(checkout, tmp_path)
    (checkout / "requirements.lock").write_text("# changed\n", encoding="utf-8")
    assert python_environment.location(checkout, tmp_path) != before


def test_a_registry_that_has_nothing_is_said_once_and_leaves_no_environment(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (checkout / "requirements.lock").write_text(f"no-such-thing==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(SandboxError, match="a registry refused a package") as error:
        python_environment.ensure(checkout, tmp_path / "cache")
    assert error.value.hint
    assert not python_environment.is_complete(python_environment.location(checkout, tmp_path / "cache"), checkout)
