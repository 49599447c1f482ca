"""The program through which ssh connects is the machine's, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.errors import KoggeError
from kogge.estate import load_estate
from kogge.hostrun.way_in import connect_program, runtime_program
from tests.support.estate_files import EstateFiles, replace_in


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    place = tmp_path / "run" / "connect"
    place.mkdir(mode=0o755, parents=True)
    place.parent.chmod(0o755)
    return place


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    place = tmp_path / "etc" / "connect"
    place.parent.mkdir(mode=0o755)
    return place


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_without_one_ssh_connects_by_itself(tmp_path: Path, machine: Path, runtime: Path) -> None:
    assert connect_program(tmp_path / "id", machine=machine, runtime=runtime) is None


def test_the_one_that_goes_with_the_key_comes_before_the_machines(tmp_path: Path, machine: Path, runtime: Path) -> None:
    program(machine)
    own = program(runtime_program(tmp_path / "a" / "id", runtime))
    assert connect_program(tmp_path / "a" / "id", machine=machine, runtime=runtime) == own
    assert connect_program(tmp_path / "b" / "id", machine=machine, runtime=runtime) == machine


def test_the_keys_directory_is_the_same_through_a_link(tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "keys")
    assert runtime_program(tmp_path / "link" / "id", runtime) == runtime_program(tmp_path / "keys" / "id", runtime)


@pytest.mark.parametrize("loose", ["program", "directory", "above"])
def test_what_others_can_write_is_refused(tmp_path: Path, machine: Path, runtime: Path, loose: str) -> None:
    own = program(runtime_program(tmp_path / "id", runtime))
    {"program": own, "directory": own.parent, "above": own.parent.parent}[loose].chmod(0o777)
    with pytest.raises(KoggeError, match="is not root's alone to write") as refused:
        connect_program(tmp_path / "id", machine=machine, runtime=runtime)
    assert refused.value.hint


def test_platform_yaml_cannot_name_one(files: EstateFiles) -> None:
    replace_in(files.root / "platform.yaml", "host_access:\n", "host_access:\n  connect: own-program\n")
    told = load_estate(files.root).problems
    assert [problem.message for problem in told if problem.is_error and "connect" in problem.message]


def test_a_link_is_refused_even_where_it_leads_nowhere(tmp_path: Path, machine: Path, runtime: Path) -> None:
    runtime_program(tmp_path / "id", runtime).symlink_to(tmp_path / "nowhere")
    with pytest.raises(KoggeError, match="is not root's alone to write"):
        connect_program(tmp_path / "id", machine=machine, runtime=runtime)
