"""``kogge drift`` on a real control plane: every attack is found, and nothing else ever is."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kogge.clusters.api import KubeApi
from kogge.nightly.whole_check import drift_report
from kogge.report.document import as_document
from kogge.visible import visible
from sandbox.controlplane.state import State
from tests.support.attacks import MANAGER, RBAC, Attack, attacks
from tests.support.control_plane import control_plane
from tests.support.dying_proxy import dying_proxy
from tests.support.estate_root import EstateRoot
from tests.support.hook import hook
from tests.support.hostile_text import hidden, obeyed

Row = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A control plane of this module's own: what other tests leave behind would be found."""
    with control_plane(tmp_path_factory.mktemp("drift") / "state") as state:
        yield state


@pytest.fixture(scope="module")
def root(plane: State, tmp_path_factory: pytest.TempPathFactory) -> EstateRoot:
    """The six partners, applied; what the server fills in was learned with it."""
    return EstateRoot.applied(tmp_path_factory.mktemp("drift-root") / "root", plane.directory)


@pytest.fixture(scope="module")
def api(plane: State) -> KubeApi:
    """The administrator: somebody with too many rights."""
    return KubeApi.from_kubeconfig(plane.kubeconfig("admin"))


def check(root: EstateRoot, *names: str) -> tuple[int, dict[str, Any]]:
    """Run the check in this process and return its exit code and its JSON."""
    report = drift_report(root.path, names)
    return report.exit_code, json.loads(as_document(report))


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
def under(attack: Attack, api: KubeApi) -> Iterator[Attack]:
    """While the block runs, the attack is made."""
    attack.act(api)
    try:
        yield attack
    finally:
        attack.undo(api)


def test_a_cluster_as_declared_is_clean(root: EstateRoot) -> None:
    done = root.kogge("drift", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert (document["status"], document["findings"], document["unknown"]) == ("clean", [], [])


def test_the_command_shows_a_difference_to_a_person_and_to_a_script(root: EstateRoot, api: KubeApi) -> None:
    with under(next(a for a in attacks() if a.name == "a changed quota"), api):
        done = root.kogge("drift", "moelln")
        others = root.kogge("drift", "luebeck")
    assert (done.returncode, others.returncode) == (3, 0)
    assert "ResourceQuota moelln--terminvergabe/space" in done.stdout
    assert "/spec/hard/pods" in done.stdout
    assert "drift: 1 finding, 1 critical" in done.stdout
    assert root.kogge("drift", "nobody").returncode == 2


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


@pytest.mark.parametrize("name", ["a?b", "a#b", "x\x1b[8m\u202e<!channel>\n::error::@all|`", "<img src=x>\x9b\u200b"])
def test_a_hostile_name_is_found_and_obeyed_by_nobody(root: EstateRoot, api: KubeApi, name: str) -> None:
    """Kubernetes takes nearly every sign in the names of bindings and subjects; after ``?`` no path goes on."""
    space = "moelln--terminvergabe"
    collection = f"/apis/{RBAC}/namespaces/{space}/rolebindings"
    binding = {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": space, "annotations": {"note": name}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    }
    api.post(f"{collection}?fieldManager={MANAGER}", binding)
    try:
        code, document = check(root)
        shown, written = root.kogge("drift"), root.kogge("drift", "--json")
    finally:
        api.delete(f"{collection}/{quote(name)}")
    assert code == shown.returncode == written.returncode == 3
    assert rows(document) == {("foreign", "RoleBinding", f"{space}/{visible(name)}", "")}
    assert document["findings"] == json.loads(written.stdout)["findings"]
    for output in (shown.stdout, shown.stderr, written.stdout):
        assert hidden(output) == set()
        assert obeyed(output) == []


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


def test_a_rollout_by_up_is_at_most_pending_and_silent_when_it_is_over(root: EstateRoot) -> None:
    with root.changed("tenants/moelln.yaml", 'version: "2.4"', 'version: "2.3"'):
        code, document = check(root, "moelln")
        assert (code, {finding["class"] for finding in document["findings"]}) == (3, {"pending"})
        assert {finding["cause"] for finding in document["findings"]} == {"not applied"}
        applying = root.start("up", "moelln")
        passes = 0
        while applying.poll() is None:
            _, document = check(root, "moelln")
            assert {finding["class"] for finding in document["findings"]} <= {"pending"}, document["findings"]
            passes += 1
        assert (applying.returncode, passes > 0) == (0, True)
        assert check(root)[0] == 0, "the revision of before is scaled to zero and known"
    assert root.kogge("up", "moelln").returncode == 0
    assert check(root)[0] == 0


def test_an_attack_on_an_applied_object_is_no_less_while_another_change_waits(root: EstateRoot, api: KubeApi) -> None:
    allowing = next(attack for attack in attacks() if attack.name == "an appended allow rule")
    with (
        root.changed("tenants/moelln.yaml", 'version: "2.4"', 'version: "2.3"'),
        under(allowing, api) as attack,
    ):
        _, document = check(root, "moelln")
    assert attack.expected in rows(document)


def test_a_kind_that_may_not_be_listed_is_unknown_and_the_rest_is_checked(root: EstateRoot, api: KubeApi) -> None:
    place = f"/apis/{RBAC}/clusterroles/kogge-nightly"
    role = api.get(place)
    without = [rule for rule in role["rules"] if "networkpolicies" not in rule["resources"]]
    api.patch(place, {"rules": without})
    try:
        code, document = check(root)
    finally:
        api.patch(place, {"rules": role["rules"]})
    assert code == 3
    assert {row[1:3] for row in rows(document)} == {("ClusterRole", "kogge-nightly")}
    (unknown,) = document["unknown"]
    assert "NetworkPolicy" in unknown["scope"]
    assert unknown["reason"].startswith("403")


def test_an_identity_without_any_right_knows_nothing_and_says_so(root: EstateRoot, api: KubeApi) -> None:
    place = f"/apis/{RBAC}/clusterrolebindings/kogge-nightly"
    binding = api.get(place)
    api.delete(place)
    try:
        code, document = check(root)
    finally:
        metadata = {key: binding["metadata"][key] for key in ("name", "labels", "annotations")}
        api.apply({**binding, "metadata": metadata}, field_manager="kogge")
    assert (code, document["status"], document["findings"]) == (4, "incomplete", [])
    assert "forbidden" in document["unknown"][0]["reason"]


@pytest.mark.parametrize("after", [0, 60_000, 400_000])
def test_an_apiserver_that_dies_half_way_is_unknown_and_never_clean(
    root: EstateRoot, plane: State, tmp_path: Path, after: int
) -> None:
    with (
        dying_proxy(plane.kubeconfig("nightly"), tmp_path / "nightly.yaml", after=after) as kubeconfig,
        root.changed("platform.yaml", ".kogge/sandbox/hl1/kubeconfig/nightly.yaml", str(kubeconfig)),
    ):
        code, document = check(root)
    assert (code, document["status"], document["findings"]) == (4, "incomplete", [])
    assert document["unknown"]


def test_another_cluster_under_the_kubeconfig_is_unknown(root: EstateRoot, plane: State, tmp_path: Path) -> None:
    (tmp_path / "uid").write_text("00000000-0000-0000-0000-000000000000")
    with root.changed("platform.yaml", ".kogge/sandbox/hl1/kube-system.uid", str(tmp_path / "uid")):
        code, document = check(root)
    assert (code, document["findings"]) == (4, [])
    assert "another cluster" in document["unknown"][0]["reason"]


def test_a_tenant_whose_file_has_an_error_is_unknown_and_the_others_are_checked(root: EstateRoot) -> None:
    with root.changed("tenants/rostock.yaml", "size:", "sice:"):
        code, document = check(root)
    assert (code, document["findings"]) == (4, [])
    assert [unknown["scope"] for unknown in document["unknown"]] == ["tenant rostock"]


def test_the_nightly_check_writes_its_report_and_remembers_since_when(root: EstateRoot, api: KubeApi) -> None:
    attack = next(attack for attack in attacks() if attack.name == "a changed quota")
    seen = []
    with under(attack, api):
        for _ in range(2):
            done = root.kogge("nightly")
            assert done.returncode == 3, done.stderr
            latest = root.path / ".kogge" / "reports" / "latest"
            assert {"report.html", "report.json", "report.md", "report.junit.xml", "report.prom"} == {
                path.name for path in latest.iterdir()
            }
            (finding,) = json.loads((latest / "report.json").read_text(encoding="utf-8"))["findings"]
            seen.append(finding["first_seen"])
    assert seen[0] == seen[1] is not None
    assert str(latest.resolve() / "report.html") in done.stdout
    assert root.kogge("nightly").returncode == 0


def test_files_that_cannot_be_used_still_give_a_report(root: EstateRoot) -> None:
    with root.changed("platform.yaml", "title:", "titel:"):
        done = root.kogge("nightly", "--json")
    assert done.returncode == 4
    assert any("platform.yaml" in unknown["scope"] for unknown in json.loads(done.stdout)["unknown"])


def test_custom_resources_are_named_as_not_listed(root: EstateRoot, api: KubeApi) -> None:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    names = {"plural": "openings", "singular": "opening", "kind": "Opening"}
    body = {"group": "network.example", "scope": "Namespaced", "names": names, "versions": [version]}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "openings.network.example"},
        "spec": body,
    }
    assert check(root)[1]["not_verifiable"] == []
    api.post(definitions, manifest)
    try:
        deadline = time.monotonic() + 20
        while not (said := check(root)[1]["not_verifiable"]) and time.monotonic() < deadline:
            time.sleep(0.5)  # a definition is served when the apiserver has established it
    finally:
        api.delete(f"{definitions}/openings.network.example")
    assert said == ["cluster hl1: objects of network.example are not listed"]


def test_secrets_that_may_not_be_read_are_unknown(root: EstateRoot) -> None:
    with settings(root, "nightly: {read_secrets: false}"):
        code, document = check(root)
    assert code == 3
    assert rows(document) == {("pending", "ClusterRole", "kogge-nightly", "")}, "its right goes with the next up"
    assert document["unknown"] == [{"scope": "cluster hl1: Secret", "reason": "switched off in platform.yaml"}]


@pytest.mark.parametrize(("answer", "code"), [(200, 0), (500, 1)])
def test_a_nightly_check_tells_the_chat_server_and_the_node_exporter(
    root: EstateRoot, tmp_path: Path, answer: int, code: int
) -> None:
    metrics, address = tmp_path / "kogge.prom", tmp_path / "webhook"
    with hook() as server:
        address.write_text(f"http://127.0.0.1:{server.server_port}/token/{answer}")
        webhook = f"{{url_file: {address}, when: always}}"
        with settings(root, f"nightly: {{textfile: {metrics}, webhook: {webhook}}}"):
            done = root.kogge("nightly", "--report-dir", str(tmp_path / "report"))
    assert done.returncode == code, done.stderr
    assert [taken["status"] for taken in server.taken] == ["clean"]
    assert "token" not in done.stdout + done.stderr
    assert 'kogge_nightly_status{status="clean"} 1' in metrics.read_text()
    assert metrics.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "report" / "report.html").exists()


@contextlib.contextmanager
def settings(root: EstateRoot, line: str) -> Iterator[None]:
    """Add a line to platform.yaml while the block runs."""
    with root.put_back("platform.yaml") as platform:
        platform.write_text(f"{platform.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
        yield
