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
from tests.support.earlier_release import RELEASES, EarlierRelease, Loaded, load, release_name
from tests.support.estate_root import EstateRoot
from tests.support.migration import Change, Migration, surprises

JUDGED: Final = ("hostnames", "registries", "replicas")
OLD: Final = ("hostnames", "images", "parameters", "replicas")
NEW: Final = ("platform", "probe", "provisioner-bindings", "space-hostnames", "space-images", "space-replicas")
MIGRATIONS: Final = (
    # The labels of a space follow from the name of its namespace, whoever writes them.
    Migration(12, "ddc8d7f", ("platform", "create", "ValidatingAdmissionPolicy* hl1/kogge-space-labels")),
    Migration(12, "ddc8d7f", ("platform", "update", "ValidatingAdmissionPolicy hl1/kogge-spaces")),
    Migration(12, "ddc8d7f", ("platform", "update", "ValidatingAdmissionPolicy hl1/kogge-provisioner")),
    # Each registry has a password of its own.
    Migration(12, "ddc8d7f", ("*", "update", "Secret */registry")),
    # What admission judges spaces by moves to a namespace of the platform, and the policies that read it are new ones.
    Migration(12, "ddc8d7f", ("platform", "create", "Namespace hl1/kogge-platform")),
    *(Migration(12, "ddc8d7f", ("platform", "create", f"ConfigMap hl1/kogge-{name}")) for name in JUDGED),
    *(Migration(12, "ddc8d7f", ("platform", "create", f"ValidatingAdmissionPolicy* hl1/kogge-{name}")) for name in NEW),
    *(Migration(12, "ddc8d7f", ("platform", "delete", f"ValidatingAdmissionPolicy* hl1/kogge-{name}")) for name in OLD),
    Migration(12, "ddc8d7f", ("*", "delete", "ConfigMap */kogge-parameters")),
    # The provisioner has rights inside spaces alone, and learns defaults in a namespace of its own.
    Migration(12, "ddc8d7f", ("platform", "create", "Namespace hl1/platform--probe")),
    Migration(12, "ddc8d7f", ("platform", "create", "ClusterRole hl1/kogge-provisioner-space")),
    Migration(12, "ddc8d7f", ("platform", "update", "ClusterRole hl1/kogge-provisioner")),
    Migration(12, "ddc8d7f", ("*", "create", "RoleBinding */kogge-provisioner")),
)
"""Changes are stack, Pulumi's operation, and the object as ``kogge plan`` prints it."""


@dataclass(frozen=True)
class Provisioned:
    """A sandbox as a release left it."""

    release: str
    root: EstateRoot
    api: KubeApi
    stacks: tuple[str, ...]
    objects: dict[str, Loaded]

    def outcome(self, *arguments: str) -> dict[str, Any]:
        """Run ``plan`` or ``up`` and return what it says of each stack."""
        done = self.root.kogge(*arguments, "--json")
        assert done.stdout, done.stderr
        return {stack["stack"]: stack for stack in json.loads(done.stdout)["stacks"]}

    def gone(self) -> set[str]:
        """Return the objects that are not there any more, or are others under the same name."""
        return {name for name, loaded in self.objects.items() if self._uid(loaded.path) != loaded.uid}

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
    loaded: dict[str, Loaded] = {}
    for stack, deployment in release.deployments(keys, root.path, uid).items():
        loaded |= load(deployment, api)
        store(root, stack, deployment)
    return Provisioned(release.name, root, api, tuple(release.stacks), loaded)


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
    """Return what became of each stack, or why it failed; one that is updated, by its migrations, as unchanged."""
    return {name: told["message"] or told["result"].replace("updated", "unchanged") for name, told in outcome.items()}


def changes(outcome: dict[str, Any]) -> list[Change]:
    return [(name, change["operation"], change["what"]) for name, told in outcome.items() for change in told["changes"]]


def test_a_plan_shows_nothing_but_the_migrations(before: Provisioned, planned: dict[str, Any]) -> None:
    """Where a migration brings a role that tenants are bound to, they are planned after the platform is applied."""
    waiting = {name for name, told in planned.items() if told["result"] == "held"}
    assert all("the platform stack has not made kogge-provisioner-space" in planned[n]["message"] for n in waiting)
    others = {name: told for name, told in planned.items() if name not in waiting}
    assert results(others) == dict.fromkeys(set(before.stacks) - waiting, "unchanged")
    assert {"platform"} <= set(others)
    undeclared, _ = surprises(MIGRATIONS, before.release, changes(planned))
    due = [migration for migration in MIGRATIONS if not waiting or migration.change[0] == "platform"]
    _, without_effect = surprises(due, before.release, changes(planned))
    assert (undeclared, without_effect) == (set(), set())


def test_the_first_up_does_nothing_but_the_migrations(before: Provisioned, applied: dict[str, Any]) -> None:
    assert results(applied) == dict.fromkeys(before.stacks, "unchanged")
    assert surprises(MIGRATIONS, before.release, changes(applied)) == (set(), set())
    assert before.gone() == {what for _, operation, what in changes(applied) if operation == "delete"}


def test_the_bare_pulumi_cli_sees_no_change_after_it(before: Provisioned, applied: dict[str, Any]) -> None:
    for stack in applied:
        done = before.root.pulumi(stack, "preview", "--expect-no-changes")
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_differs_from_the_files_after_it(before: Provisioned, applied: dict[str, Any]) -> None:
    done = before.root.kogge("drift", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["findings"], told["unknown"]) == (0, "clean", [], []), done.stderr
