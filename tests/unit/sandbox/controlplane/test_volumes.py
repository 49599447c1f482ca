"""The directory of volumes serves the sandboxes of all users of a computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.controlplane.volumes import ensure_shared
from sandbox.fault import SandboxError


def test_it_is_made_for_everybody_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        ensure_shared(tmp_path / "volumes")
    finally:
        os.umask(before)
    assert (tmp_path / "volumes").stat().st_mode & 0o7777 == 0o1777


def test_one_that_its_owner_kept_for_himself_is_opened(tmp_path: Path) -> None:
    (tmp_path / "volumes").mkdir(mode=0o750)
    ensure_shared(tmp_path / "volumes")
    assert (tmp_path / "volumes").stat().st_mode & 0o7777 == 0o1777


def test_what_is_no_directory_of_its_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "volumes").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SandboxError, match="is no directory"):
        ensure_shared(tmp_path / "volumes")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user for a moment")
def test_another_users_is_refused_with_what_its_owner_can_do(tmp_path: Path) -> None:
    (tmp_path / "volumes").mkdir(mode=0o750)
    tmp_path.chmod(0o755)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(tmp_path)
            os.setresuid(65534, 65534, 65534)
            ensure_shared(Path("volumes"))
        except SandboxError as error:
            code = 7 if "chmod 1777 volumes" in str(error.hint) else 8
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
