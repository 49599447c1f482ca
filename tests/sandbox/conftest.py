"""A running sandbox of the tests' own. Each test process has its own: parallel workers do not meet."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kogge.clusters.api import KubeApi
from sandbox.controlplane.state import State
from tests.support.checkout import CHECKOUT
from tests.support.control_plane import control_plane
from tests.support.estate_root import EstateRoot
from tests.support.space_namespace import space_namespace

_numbers = itertools.count()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A control plane that runs until the test session ends, never the developer's."""
    chosen = os.environ.get("KOGGE_TEST_SANDBOX")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    alone = chosen is not None and worker is None
    with control_plane(Path(chosen) if alone and chosen else tmp_path_factory.mktemp("sandbox") / "state") as state:
        yield state


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A control plane in which nobody applies anything: Kogge's identities have no rights in it."""
    with control_plane(tmp_path_factory.mktemp("bare") / "state") as state:
        yield state


@pytest.fixture(scope="session")
def admin(sandbox: State) -> KubeApi:
    """The sandbox's administrator."""
    return KubeApi.from_kubeconfig(sandbox.kubeconfig("admin"))


@pytest.fixture(scope="session")
def estate(sandbox: State, tmp_path_factory: pytest.TempPathFactory) -> EstateRoot:
    """The six partners, applied to the control plane by the real engine and provider."""
    return EstateRoot.applied(tmp_path_factory.mktemp("estate") / "root", sandbox.directory)


@pytest.fixture
def tenant(estate: EstateRoot) -> Iterator[Callable[..., Path]]:
    """Write a tenant file; it leaves the estate with the test (what was applied stays until the sandbox goes)."""
    made: list[Path] = []

    def add(name: str, **options: Any) -> Path:
        made.append(estate.add_tenant(name, number=100 + next(_numbers), **options))
        return made[-1]

    yield add
    for path in made:
        path.unlink(missing_ok=True)


@pytest.fixture
def namespace(admin: KubeApi) -> Iterator[Callable[..., str]]:
    """Make a namespace with the given labels, ready for pods, and return its name; all are deleted afterwards."""
    made: list[str] = []

    def make(labels: dict[str, str] | None = None) -> str:
        name = f"test-{uuid.uuid4().hex[:8]}"
        admin.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}},
            field_manager="test",
        )
        made.append(name)
        while not admin.list_all(f"/api/v1/namespaces/{name}/serviceaccounts"):
            time.sleep(0.1)  # until then every pod is refused for want of a service account
        return name

    yield make
    for name in made:
        admin.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def space(admin: KubeApi) -> Iterator[str]:
    """The name of a space that holds nothing and that no file knows; it is gone after the test."""
    name = f"test-{uuid.uuid4().hex[:8]}--probe"
    admin.apply(space_namespace(name), field_manager="test")
    while not admin.list_all(f"/api/v1/namespaces/{name}/serviceaccounts"):
        time.sleep(0.1)
    yield name
    admin.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def kogge(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command line in a process of its own; ``directory`` is the sandbox it works on."""

    def run(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kogge", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "KOGGE_SANDBOX": str(directory), **environment},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run
