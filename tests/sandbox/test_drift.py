"""``kogge drift`` on a real control plane: every attack is found, and nothing else ever is."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from kogge.desired import platform_objects, tenant_objects
from kogge.estate import require_estate
from kogge.kubeapi import KubeApi
from kogge.observe.defaults import learn
from sandbox.controlplane.down import down
from sandbox.controlplane.state import State
from sandbox.controlplane.up import up
from tests.sandbox.attacks import MANAGER, Attack, attacks
from tests.sandbox.estate_root import CHECKOUT, EstateRoot

Row = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A control plane of this module's own: what other tests leave behind would be found."""
    state = State(tmp_path_factory.mktemp("drift") / "state")
    up(state, CHECKOUT)
    yield state
    down(state)


@pytest.fixture(scope="module")
def root(plane: State, tmp_path_factory: pytest.TempPathFactory) -> EstateRoot:
    """The six partners, applied and learned."""
    made = EstateRoot.seed(tmp_path_factory.mktemp("drift-root") / "root", plane.directory)
    done = made.kogge("up", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    _learn(made, plane)
    return made


@pytest.fixture(scope="module")
def api(plane: State) -> KubeApi:
    """The administrator: somebody with too many rights."""
    return KubeApi.from_kubeconfig(plane.kubeconfig("admin"))


def _learn(root: EstateRoot, plane: State) -> None:
    estate = require_estate(root.path)
    api = KubeApi.from_kubeconfig(plane.kubeconfig("admin"))
    for stack in ("platform", *estate.tenants):
        items = platform_objects(estate) if stack == "platform" else tenant_objects(estate, estate.tenants[stack])
        refused = learn(
            api,
            [item.manifest for item in items],
            directory=root.path / ".kogge" / "learned",
            cluster="hl1",
            stack=stack,
        )
        assert refused == ()


def check(root: EstateRoot, *names: str) -> tuple[int, dict[str, Any]]:
    """Run the check and return its exit code and its JSON."""
    done = root.kogge("drift", *names, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def rows(document: dict[str, Any]) -> set[Row]:
    """Return class, kind, place and path of every finding; a pod's random name is left out."""
    return {
        (
            finding["class"],
            finding["object"]["kind"],
            _place(finding["object"]),
            finding["path"],
        )
        for finding in document["findings"]
    }


def _place(where: dict[str, str]) -> str:
    name = "*" if where["kind"] == "Pod" else where["name"]
    return f"{where['namespace']}/{name}" if where["namespace"] else name


@contextlib.contextmanager
def under(attack: Attack, api: KubeApi) -> Iterator[None]:
    attack.act(api)
    try:
        yield
    finally:
        attack.undo(api)


def test_a_cluster_as_declared_is_clean(root: EstateRoot) -> None:
    code, document = check(root)
    assert (code, document["status"], document["findings"], document["unknown"]) == (0, "clean", [], [])


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.name.replace(" ", "-"))
def test_an_attack_is_found_with_its_class_and_path_and_nothing_else_is(
    root: EstateRoot, api: KubeApi, attack: Attack
) -> None:
    with under(attack, api):
        code, document = check(root)
    assert code == 3
    assert rows(document) == {attack.expected}
    assert document["unknown"] == []
    actors = {finding["actor"] for finding in document["findings"]}
    assert actors == ({None} if attack.expected[0] == "missing" else {MANAGER})


def test_a_secret_never_appears_in_a_finding(root: EstateRoot, api: KubeApi) -> None:
    attack = next(attack for attack in attacks() if attack.name == "a changed Secret")
    with under(attack, api):
        _, document = check(root, "moelln")
    (finding,) = document["findings"]
    assert (finding["expected"], finding["found"]) == ("(secret)", "(secret)")
    assert "known to somebody else" not in json.dumps(document)


def test_the_check_finds_at_once_what_pulumi_refresh_misses(root: EstateRoot, api: KubeApi) -> None:
    made = attacks()
    with contextlib.ExitStack() as stack:
        for attack in made:
            stack.enter_context(under(attack, api))
        code, document = check(root)
        refreshed = {name: _refreshed(root, name) for name in sorted({attack.stack for attack in made})}
    assert code == 3
    assert rows(document) == {attack.expected for attack in made}
    missed = {attack.name for attack in made if attack.expected[2] not in refreshed[attack.stack]}
    for attack in made:
        word = "missed" if attack.name in missed else "found"
        sys.stdout.write(f"  kogge drift: found   pulumi refresh: {word:6}   {attack.name}\n")
    assert {
        "a narrowed podSelector",
        "an appended allow rule",
        "an extra RoleBinding subject",
        "an undeclared Deployment",
        "a Pod whose image was patched in place",
        "a planted ReplicaSet with a forged ownerReference",
        "an EndpointSlice that diverts traffic",
    } <= missed
    assert "a deleted NetworkPolicy" not in missed


def _refreshed(root: EstateRoot, stack: str) -> set[str]:
    """Return the objects that a refresh of the stack would change or take out of the state."""
    done = root.pulumi(stack, "refresh", "--preview-only", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)["steps"]
    return {step["urn"].rpartition("::")[2] for step in steps if step["op"] not in {"refresh", "same", "read"}}


def test_ten_passes_are_silent_while_pods_come_and_go(root: EstateRoot, api: KubeApi) -> None:
    space = "luebeck--terminvergabe"
    scale = f"/apis/apps/v1/namespaces/{space}/deployments/terminvergabe/scale"
    for number in range(10):
        api.patch(scale, {"spec": {"replicas": 1 + number % 4}})
        for pod in api.list_all(f"/api/v1/namespaces/{space}/pods")[:1]:
            with contextlib.suppress(Exception):
                api.delete(f"/api/v1/namespaces/{space}/pods/{pod['metadata']['name']}")
        code, document = check(root)
        assert (code, rows(document), document["unknown"]) == (0, set(), []), f"pass {number}"
