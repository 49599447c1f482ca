"""What a check of a whole cluster costs, against `pulumi refresh` stack by stack, and how few requests it makes.

The objects are applied straight to the apiserver, so that a cluster of many partners is there in a minute.
"""

from __future__ import annotations

import json
import os
import re
import resource
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kogge.clusters.api import KubeApi
from kogge.clusters.kinds import LISTED
from kogge.defaults.learning import learn
from kogge.deploy.stacks.recording import PLATFORM_PROBES
from kogge.desired import DesiredObject, tenant_objects
from kogge.estate import require_estate
from kogge.keyring import Keyring
from sandbox.controlplane.state import State
from tests.support.control_plane import control_plane
from tests.support.estate_root import EstateRoot

PARTNERS = int(os.environ.get("KOGGE_BENCH_PARTNERS", "50"))
FIRST = 150
"""Number of the first added partner; below are those of other tests."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    with control_plane(tmp_path_factory.mktemp("bench") / "sandbox") as made:
        yield made


@pytest.fixture(scope="module")
def estate(state: State, tmp_path_factory: pytest.TempPathFactory) -> EstateRoot:
    """The seed's moelln by the real engine, and many partners like it."""
    root = EstateRoot.seed(tmp_path_factory.mktemp("estate") / "root", state.directory)
    for path in (root.path / "tenants").glob("*.yaml"):
        if path.stem != "moelln":
            path.unlink()
    platform = root.path / "platform.yaml"
    wider = re.sub(r"connections: \d+, storage: \w+", "connections: 9000, storage: 50Ti", platform.read_text())
    platform.write_text(wider)
    done = root.kogge("up", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    for number in range(PARTNERS):
        root.add_tenant(f"p-{chr(97 + number // 26)}{chr(97 + number % 26)}", number=FIRST + number)
    api = KubeApi.from_kubeconfig(state.kubeconfig("admin"))
    loaded = require_estate(root.path)
    keyring = Keyring(loaded)
    for name, tenant in loaded.tenants.items():
        if name == "moelln":
            continue
        items = tenant_objects(loaded, tenant)
        keyring.create(name, has_stack=False)
        keyring.record(name, [v for item in items if item.ref.kind == "Secret" for v in item.manifest["data"].values()])
        _apply(api, keyring, items)
        learn(
            api,
            [item.manifest for item in items],
            directory=root.path / ".kogge" / "learned",
            probes=PLATFORM_PROBES,
            cluster="hl1",
            stack=name,
        )
    _wait_until_quiet(api)
    return root


def _apply(api: KubeApi, keyring: Keyring, items: tuple[DesiredObject, ...]) -> None:
    for order in sorted({item.order for item in items}):
        batch = [item for item in items if item.order == order]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda item: api.apply(keyring.fill(item.manifest), field_manager="kogge"), batch))


def _wait_until_quiet(api: KubeApi) -> None:
    for _ in range(120):
        deployments = api.list_all("/apis/apps/v1/deployments", label_selector="app.kubernetes.io/managed-by=kogge")
        if all(d["status"].get("readyReplicas") == d["spec"]["replicas"] for d in deployments):  # type: ignore[index,call-overload,union-attr]
            return
        time.sleep(1)
    raise AssertionError("the workloads did not become ready")


def test_a_check_of_many_partners(estate: EstateRoot, state: State) -> None:
    audit = state.logs / "audit.log"
    before = audit.stat().st_size
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = estate.kogge("drift", "--json")
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout[:2000] + done.stderr
    began = time.monotonic()
    refreshed = estate.pulumi("moelln", "refresh", "--preview-only", "--json")
    refresh = time.monotonic() - began
    assert refreshed.returncode == 0
    loaded = require_estate(estate.path)
    objects = sum(len(tenant_objects(loaded, tenant)) for tenant in loaded.tenants.values())
    requests = _requests(audit, before)
    print(
        f"\n{len(loaded.tenants)} partners, {objects} declared objects: kogge drift {seconds:.2f} s "
        f"({after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime:.2f} s of processor, "
        f"{after.ru_maxrss // 1024} MB at most), {requests.total()} requests; "
        f"pulumi refresh of one of them {refresh:.2f} s; {os.cpu_count()} cores"
    )
    pages = 1 + objects // 500
    assert requests["get"] <= 3
    assert requests["list"] <= len(LISTED) * pages


def _requests(audit: Path, start: int) -> Counter[str]:
    """Return how often the nightly identity asked, by verb."""
    with audit.open("rb") as stream:
        stream.seek(start)
        events = [json.loads(line) for line in stream.read().splitlines()]
    finished = {event["auditID"]: event for event in events if event["user"]["username"] == "kogge:nightly"}
    return Counter(event["verb"] for event in finished.values())
