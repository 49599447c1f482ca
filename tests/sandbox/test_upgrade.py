"""An upgrade is a merge: what an earlier release provisioned goes on under this code, and nothing is replaced.

Each release (see ``tests/support/earlier_release.py``) is loaded into a control plane of its own. Who changes what such
a sandbox holds on purpose adds a migration; any other change is a mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import yaml

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound
from sandbox.controlplane.state import State
from tests.support.control_plane import control_plane
from tests.support.earlier_release import RELEASES, EarlierRelease, load, release_name
from tests.support.estate_root import EstateRoot
from tests.support.migration import Change, Migration, surprises

MIGRATIONS: Final = (
    # The labels of a space follow from the name of its namespace, whoever writes them.
    Migration(12, "ddc8d7f", ("platform", "create", "ValidatingAdmissionPolicy* hl1/kogge-space-labels")),
    Migration(12, "ddc8d7f", ("platform", "update", "ValidatingAdmissionPolicy hl1/kogge-spaces")),
    Migration(12, "ddc8d7f", ("platform", "update", "ValidatingAdmissionPolicy hl1/kogge-provisioner")),
)
"""Changes are stack, Pulumi's operation, and the object as ``kogge plan`` prints it."""


@dataclass(frozen=True)
class Provisioned:
    """A sandbox as a release left it."""

    release: str
    root: EstateRoot
    api: KubeApi
    stacks: tuple[str, ...]
    uids: dict[str, str]
    """Path of an object in the API -> its uid, as loaded."""

    def outcome(self, *arguments: str) -> dict[str, Any]:
        """Run ``plan`` or ``up`` and return what it says of each stack."""
        done = self.root.kogge(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return {stack["stack"]: stack for stack in json.loads(done.stdout)["stacks"]}

    def replaced(self) -> list[str]:
        """Return the objects that are gone, or are others under the same name."""
        return [path for path, uid in self.uids.items() if self._uid(path) != uid]

    def _uid(self, path: str) -> Any:
        try:
            found: Any = self.api.get(path)
        except ApiNotFound:
            return None
        return found["metadata"]["uid"]


@pytest.fixture(scope="module", params=RELEASES, ids=release_name)
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    root = EstateRoot(tmp_path_factory.mktemp("upgrade") / "root")
    release = EarlierRelease.read(request.param)
    release.lay(root.path)
    with control_plane(root.path / ".kogge" / "sandbox") as state:
        yield provision(release, root, state)


def provision(release: EarlierRelease, root: EstateRoot, state: State) -> Provisioned:
    """Give the fresh control plane the objects, and the backend the stacks of a release."""
    keys = release.make_keys(root)
    api = KubeApi.from_kubeconfig(state.kubeconfig("admin"))
    uid = state.uid_file.read_text(encoding="utf-8").strip()
    uids: dict[str, str] = {}
    for stack, deployment in release.deployments(keys, root.path, uid).items():
        uids |= load(deployment, api)
        store(root, stack, deployment)
    return Provisioned(release.name, root, api, tuple(release.stacks), uids)


def store(root: EstateRoot, stack: str, deployment: dict[str, Any]) -> None:
    """Put a deployment into the backend, its secrets encrypted with the passphrase of the stack."""
    made = root.pulumi(stack, "stack", "init", stack)
    assert made.returncode == 0, made.stdout + made.stderr
    settings = yaml.safe_load((root.path / f".kogge/project/stacks/Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    secrets = {"type": "passphrase", "state": {"salt": settings["encryptionsalt"]}}
    file = root.path / ".kogge" / f"{stack}.deployment.json"
    file.write_text(json.dumps({"version": 3, "deployment": {**deployment, "secrets_providers": secrets}}))
    imported = root.pulumi(stack, "stack", "import", "--file", str(file))
    file.unlink()
    assert imported.returncode == 0, imported.stdout + imported.stderr


@pytest.fixture(scope="module")
def planned(before: Provisioned) -> dict[str, Any]:
    """What ``plan`` says on the first day with this code."""
    return before.outcome("plan", "--all", "--force")


@pytest.fixture(scope="module")
def applied(before: Provisioned, planned: dict[str, Any]) -> dict[str, Any]:
    """What the first ``up`` of this code did, after the plan."""
    return before.outcome("up", "--all")


def results(outcome: dict[str, Any]) -> dict[str, str]:
    """Return what became of each stack, a stack that has nothing but migrations as an unchanged one."""
    return {stack: str(told["result"]).replace("updated", "unchanged") for stack, told in outcome.items()}


def changes(outcome: dict[str, Any]) -> list[Change]:
    return [(name, change["operation"], change["what"]) for name, told in outcome.items() for change in told["changes"]]


def test_a_plan_shows_nothing_but_the_migrations(before: Provisioned, planned: dict[str, Any]) -> None:
    assert results(planned) == dict.fromkeys(before.stacks, "unchanged")
    assert surprises(MIGRATIONS, before.release, changes(planned)) == (set(), set())


def test_the_first_up_does_nothing_but_the_migrations(before: Provisioned, applied: dict[str, Any]) -> None:
    assert results(applied) == dict.fromkeys(before.stacks, "unchanged")
    assert surprises(MIGRATIONS, before.release, changes(applied)) == (set(), set())
    assert before.replaced() == []


def test_the_bare_pulumi_cli_sees_no_change_after_it(before: Provisioned, applied: dict[str, Any]) -> None:
    for stack in applied:
        done = before.root.pulumi(stack, "preview", "--expect-no-changes")
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_differs_from_the_files_after_it(before: Provisioned, applied: dict[str, Any]) -> None:
    done = before.root.kogge("drift", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["findings"], told["unknown"]) == (0, "clean", [], []), done.stderr
