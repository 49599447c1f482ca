"""What a new stack and an unchanged stack cost, against a shell loop of the bare Pulumi CLI in the same run.

The baseline does what a careful person would script: two stacks at once, no preview, the same program.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.control_plane import control_plane
from tests.support.estate_root import EstateRoot

STACKS = 8
AT_ONCE = 2


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateRoot]:
    with control_plane(tmp_path_factory.mktemp("bench") / "sandbox") as state:
        root = EstateRoot.seed(tmp_path_factory.mktemp("estate") / "root", state.directory)
        for path in (root.path / "tenants").glob("*.yaml"):
            if path.stem != "moelln":
                path.unlink()
        assert root.kogge("up", "moelln").returncode == 0
        yield root


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the clock and seconds of processor time, children included."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _tenants(estate: EstateRoot, prefix: str, first: int) -> list[str]:
    names = [f"{prefix}-{chr(97 + index)}" for index in range(STACKS)]
    for index, name in enumerate(names):
        estate.add_tenant(name, number=first + index)
    return names


def _shell_loop(estate: EstateRoot, names: list[str], script: str) -> None:
    for name in names:
        directory = estate.path / ".kogge" / "bench"
        directory.mkdir(exist_ok=True)
        (directory / f"{name}.env").write_text(estate.kogge("env", name).stdout)
    loop = f"xargs -P {AT_ONCE} -I@ bash -c '. {directory}/@.env; {script}'"
    done = subprocess.run(
        ["bash", "-c", loop], input="\n".join(names), text=True, capture_output=True, check=False, cwd=CHECKOUT
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _kogge(estate: EstateRoot, *arguments: str) -> None:
    done = estate.kogge("up", *arguments, "--parallel", str(AT_ONCE))
    assert done.returncode == 0, done.stdout + done.stderr


def _report(what: str, ours: tuple[float, float], theirs: tuple[float, float]) -> None:
    cores = os.cpu_count()
    print(
        f"\n{what}: kogge {ours[0] / STACKS:.3f} s per stack ({ours[1] / STACKS:.2f} s of processor), "
        f"shell loop {theirs[0] / STACKS:.3f} s ({theirs[1] / STACKS:.2f} s), {theirs[0] / ours[0]:.1f} times; "
        f"{STACKS} stacks, {AT_ONCE} at once, {cores} cores"
    )


def test_new_and_unchanged_stacks(estate: EstateRoot, tmp_path: Path) -> None:
    del tmp_path
    theirs_names, ours_names = _tenants(estate, "loop", 100), _tenants(estate, "kogge", 120)
    quiet = "pulumi --non-interactive up --yes --skip-preview >/dev/null"
    init = 'pulumi --non-interactive stack init "$PULUMI_STACK" >/dev/null 2>&1; '
    for name in theirs_names:
        estate.kogge("env", name)  # makes the key, which is not what is measured
    theirs = _timed(lambda: _shell_loop(estate, theirs_names, init + quiet))
    ours = _timed(lambda: _kogge(estate, *ours_names))
    _report("new stack", ours, theirs)
    theirs_again = _timed(lambda: _shell_loop(estate, theirs_names, quiet))
    forced = _timed(lambda: _kogge(estate, *ours_names, "--force"))
    _report("unchanged stack, run by force", forced, theirs_again)
    skipped = _timed(lambda: _kogge(estate, *ours_names))
    _report("unchanged stack, skipped", skipped, theirs_again)
    assert ours[0] < theirs[0] * 1.5
    assert skipped[0] < theirs_again[0]
