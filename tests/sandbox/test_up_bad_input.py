"""What ``kogge up`` does when something is wrong: it says what and why, loses nothing, and the next run converges."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound
from sandbox.controlplane.state import State
from sandbox.controlplane.up import up as start_sandbox
from tests.support.checkout import CHECKOUT
from tests.support.estate_root import EstateRoot
from tests.support.space_namespace import space_namespace

Tenant = Callable[..., Path]


def _state_file(estate: EstateRoot, stack: str) -> Path:
    return estate.path / ".kogge/state/.pulumi/stacks/kogge" / f"{stack}.json"


def _uids(admin: KubeApi, space: str) -> dict[str, str]:
    paths = ("/api/v1/{}/secrets", "/apis/apps/v1/{}/deployments", "/apis/networking.k8s.io/v1/{}/networkpolicies")
    found = [o for path in paths for o in admin.list_all(path.format(f"namespaces/{space}"))]
    return {f"{o['kind']}/{o['metadata']['name']}": o["metadata"]["uid"] for o in found}


def test_another_cluster_than_the_files_name_is_refused_and_nothing_written(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant
) -> None:
    tenant("wrong-cluster")
    with estate.changed(
        "platform.yaml",
        "kube_system_uid_file: .kogge/sandbox/hl1/kube-system.uid",
        'kube_system_uid: "00000000-0000-4000-8000-000000000000"',
    ):
        done = estate.kogge("up", "wrong-cluster")
    assert done.returncode == 1
    assert "is not the one platform.yaml names" in done.stdout
    with pytest.raises(ApiNotFound):
        admin.get("/api/v1/namespaces/wrong-cluster--terminvergabe")


def test_a_namespace_made_by_hand_is_taken_over_only_when_asked(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant
) -> None:
    tenant("handmade")
    made = admin.apply(space_namespace("handmade--terminvergabe"), field_manager="somebody")
    done = estate.kogge("up", "handmade")
    assert done.returncode == 1
    assert "Namespace handmade--terminvergabe" in done.stdout
    assert "--adopt" in done.stdout
    assert "annotations" not in admin.get("/api/v1/namespaces/handmade--terminvergabe")["metadata"]
    assert estate.results("up", "handmade", "--adopt")["handmade"] in {"created", "updated"}
    after = admin.get("/api/v1/namespaces/handmade--terminvergabe")["metadata"]
    assert after["uid"] == made["metadata"]["uid"]
    assert after["annotations"]["pulumi.com/patchFieldManager"] == "kogge"


def test_a_lost_state_is_rebuilt_without_replacing_anything(estate: EstateRoot, admin: KubeApi, tenant: Tenant) -> None:
    tenant("lost-state")
    assert estate.results("up", "lost-state")["lost-state"] == "created"
    before = _uids(admin, "lost-state--terminvergabe")
    _state_file(estate, "lost-state").unlink()
    refused = estate.kogge("up", "lost-state")
    assert refused.returncode == 1
    assert "not in the state of the stack" in refused.stdout
    assert estate.results("up", "lost-state", "--adopt")["lost-state"] == "created"
    assert _uids(admin, "lost-state--terminvergabe") == before
    assert estate.results("up", "lost-state", "--force")["lost-state"] == "unchanged"


def test_a_damaged_state_names_the_backup_that_mends_it(estate: EstateRoot, tenant: Tenant) -> None:
    tenant("damaged")
    assert estate.results("up", "damaged")["damaged"] == "created"
    path = _state_file(estate, "damaged")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = estate.kogge("up", "damaged")
    assert done.returncode == 1
    assert "the state of damaged is damaged" in done.stdout
    assert "backups" in done.stdout
    path.write_bytes(whole)
    assert estate.results("up", "damaged")["damaged"] == "skipped"


def test_a_changed_master_key_is_refused(estate: EstateRoot, tenant: Tenant) -> None:
    tenant("other-key")
    assert estate.results("up", "other-key")["other-key"] == "created"
    keys = estate.path / ".kogge/keys"
    own = (keys / "other-key.age").read_bytes()
    (keys / "other-key.age").write_bytes((keys / "moelln.age").read_bytes())
    done = estate.kogge("up", "other-key", "--force")
    (keys / "other-key.age").unlink()
    missing = estate.kogge("up", "other-key", "--force")
    (keys / "other-key.age").write_bytes(own)
    assert "is not the one its secrets were made with" in done.stdout
    assert "has a stack but no master key" in missing.stdout
    assert estate.results("up", "other-key", "--force")["other-key"] == "unchanged"


def test_settings_that_outlived_their_stack_do_not_stop_a_new_one(estate: EstateRoot, tenant: Tenant) -> None:
    tenant("outlived")
    assert estate.results("up", "outlived")["outlived"] == "created"
    assert estate.pulumi("outlived", "stack", "rm", "--force", "--yes", "--preserve-config").returncode == 0
    (estate.path / ".kogge/keys/outlived.age").unlink()
    (estate.path / ".kogge/keys/outlived.digests").unlink()
    assert estate.results("up", "outlived", "--adopt")["outlived"] == "created"


def test_a_quota_that_refuses_pods_fails_the_run_with_its_reason(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant
) -> None:
    tenant("quota")
    assert estate.results("up", "quota")["quota"] == "created"
    quota = "/api/v1/namespaces/quota--terminvergabe/resourcequotas/space"
    admin.patch(quota, {"spec": {"hard": {"pods": "1"}}})
    began = time.monotonic()
    with estate.changed(
        "catalogue/terminvergabe.yaml", "health_path: /healthz", "health_path: /healthy\nready_seconds: 15"
    ):
        done = estate.kogge("up", "quota")
    assert done.returncode == 1
    assert "exceeded quota" in done.stdout
    assert time.monotonic() - began < 120
    admin.patch(quota, {"spec": {"hard": {"pods": "5"}}})
    assert estate.results("up", "quota", "--force")["quota"] == "updated"


def test_a_space_that_left_the_files_is_not_deleted(estate: EstateRoot, admin: KubeApi, tenant: Tenant) -> None:
    path = tenant("left")
    assert estate.results("up", "left")["left"] == "created"
    text = path.read_text()
    path.write_text(text[: text.index("services:")])
    done = estate.kogge("up", "left")
    path.write_text(text)
    assert done.returncode == 1
    assert "left--terminvergabe is deployed, but no longer in the files" in done.stdout
    assert admin.get("/api/v1/namespaces/left--terminvergabe")["metadata"]["name"] == "left--terminvergabe"


def test_a_second_run_says_who_holds_the_stack(estate: EstateRoot, tenant: Tenant) -> None:
    tenant("held")
    first = estate.start("up", "held")
    try:
        _wait_for(lambda: (estate.path / ".kogge/locks/held.lock").exists() and _holder(estate, "held") == first.pid)
        second = estate.kogge("up", "held")
    finally:
        output, _ = first.communicate(timeout=120)
    assert second.returncode == 1
    assert f"held is being changed by another run: process {first.pid}" in second.stdout
    assert first.returncode == 0, output


def _holder(estate: EstateRoot, stack: str) -> int | None:
    try:
        return int(json.loads((estate.path / f".kogge/locks/{stack}.lock").read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return None


def _wait_for(condition: object, seconds: float = 30) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_ctrl_c_ends_in_order_and_the_next_run_continues(estate: EstateRoot, tenant: Tenant) -> None:
    tenant("interrupted")
    run = estate.start("up", "interrupted")
    _wait_for(lambda: _holder(estate, "interrupted") == run.pid and _state_file(estate, "interrupted").exists())
    os.kill(run.pid, signal.SIGINT)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 130, output
    assert "Traceback" not in output
    assert estate.results("up", "interrupted")["interrupted"] in {"updated", "created", "unchanged"}


def test_an_apiserver_that_dies_midway_is_named_and_the_next_run_converges(
    estate: EstateRoot, sandbox: State, tenant: Tenant
) -> None:
    import psutil

    tenant("dead-api")
    run = estate.start("up", "dead-api")
    _wait_for(lambda: _state_file(estate, "dead-api").exists())
    status = json.loads((sandbox.directory / "status.json").read_text())
    pid = next(p["pid"] for p in _processes(status) if "apiserver" in p["name"])
    psutil.Process(pid).kill()
    output, _ = run.communicate(timeout=400)
    start_sandbox(sandbox, CHECKOUT)
    assert run.returncode == 1, output
    assert "Traceback" not in output
    assert "next:" in output
    assert estate.results("up", "dead-api")["dead-api"] in {"updated", "created", "unchanged"}


def _processes(status: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if isinstance(status, dict):
        if "pid" in status:
            found.append(status)
        for key, value in status.items():
            for process in _processes(value):
                found.append({"name": key, **process} if "name" not in process else process)
    elif isinstance(status, list):
        found += [process for item in status for process in _processes(item)]
    return found
