"""Starting, continuing, stopping: what a sandbox survives, and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kogge.clusters.api import KubeApi
from kogge.json_value import text_at
from sandbox.controlplane import ports, process
from sandbox.controlplane.components import ORDER, Component
from sandbox.controlplane.down import down
from sandbox.controlplane.process import living, read_record
from sandbox.controlplane.state import State
from tests.support.checkout import CHECKOUT

Kogge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A second sandbox beside the session's, that these tests ill-treat."""
    state = State(tmp_path_factory.mktemp("lifecycle") / "state")
    yield state
    down(state)


def pids(state: State) -> dict[str, int]:
    records = {name: read_record(state, name) for name in ORDER}
    return {name: record.pid for name, record in records.items() if record and living(record)}


def up(kogge: Kogge, state: State, *arguments: str) -> str:
    done = kogge("sandbox", "up", *arguments, directory=state.directory)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill(pid: int) -> None:
    psutil.Process(pid).kill()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)


def test_a_start_that_is_killed_is_continued_by_the_next(kogge: Kogge, state: State) -> None:
    starting = subprocess.Popen(
        [sys.executable, "-m", "kogge", "sandbox", "up"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "KOGGE_SANDBOX": str(state.directory)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    while "kube-apiserver" not in pids(state):
        assert starting.poll() is None
        time.sleep(0.02)
    starting.kill()
    starting.wait()
    before = pids(state)
    assert not state.status_file.exists()
    assert "ready in" in up(kogge, state)
    assert set(pids(state)) == set(ORDER)
    assert pids(state)["etcd"] == before["etcd"]
    assert state.status_file.exists()


def test_a_process_that_a_killed_start_did_not_record_is_found_and_kept(kogge: Kogge, state: State) -> None:
    before = pids(state)
    (state.processes / "etcd.json").unlink()
    assert "runs already" in up(kogge, state)
    assert pids(state) == before


def test_a_second_up_changes_nothing(kogge: Kogge, state: State) -> None:
    before = pids(state)
    assert "runs already" in up(kogge, state)
    assert pids(state) == before


def test_only_what_is_dead_is_started_again(kogge: Kogge, state: State) -> None:
    before = pids(state)
    kill(before["kube-scheduler"])
    assert "ready in" in up(kogge, state)
    after = pids(state)
    assert {name for name in ORDER if before[name] != after[name]} == {"kube-scheduler"}


def test_what_runs_with_another_command_line_than_it_should_is_replaced(kogge: Kogge, state: State) -> None:
    before = pids(state)
    record = read_record(state, "kube-scheduler")
    assert record is not None
    older = [*psutil.Process(record.pid).cmdline(), "--v=1"]
    kill(record.pid)
    process.start(state, Component("kube-scheduler", tuple(older)))
    outdated = pids(state)["kube-scheduler"]
    assert "ready in" in up(kogge, state)
    after = pids(state)
    assert not psutil.pid_exists(outdated) or psutil.Process(outdated).status() == psutil.STATUS_ZOMBIE
    assert {name for name in ORDER if before[name] != after[name]} == {"kube-scheduler"}


def test_after_a_reboot_the_same_data_is_there(kogge: Kogge, state: State) -> None:
    admin = KubeApi.from_kubeconfig(state.kubeconfig("admin"))
    admin.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "before-the-reboot"}}, field_manager="test"
    )
    uid = state.uid_file.read_text(encoding="utf-8")
    for pid in pids(state).values():
        kill(pid)
    up(kogge, state)
    assert KubeApi.from_kubeconfig(state.kubeconfig("admin")).get("/api/v1/namespaces/before-the-reboot")
    assert state.uid_file.read_text(encoding="utf-8") == uid


def test_a_record_whose_pid_is_another_programs_now_signals_nobody(kogge: Kogge, state: State) -> None:
    bystander = subprocess.Popen(["sleep", "120"])
    try:
        kill(pids(state)["kwok"])
        record = read_record(state, "kwok")
        assert record is not None
        (state.processes / "kwok.json").write_text(record.model_copy(update={"pid": bystander.pid}).model_dump_json())
        assert "ready in" in up(kogge, state)
        assert pids(state)["kwok"] != bystander.pid
        (state.processes / "kwok.json").write_text(record.model_copy(update={"pid": bystander.pid}).model_dump_json())
        assert kogge("sandbox", "down", "--keep", directory=state.directory).returncode == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_down_with_keep_stops_everything_and_up_continues(kogge: Kogge, state: State) -> None:
    assert pids(state) == {}
    status = kogge("sandbox", "status", "--json", directory=state.directory)
    assert status.returncode == 1
    assert json.loads(status.stdout)["running"] is False
    assert "ready in" in up(kogge, state)
    assert KubeApi.from_kubeconfig(state.kubeconfig("admin")).get("/api/v1/namespaces/before-the-reboot")


def test_status_tells_every_process_and_the_cluster(kogge: Kogge, state: State) -> None:
    status = kogge("sandbox", "status", "--json", directory=state.directory)
    assert status.returncode == 0
    told = json.loads(status.stdout)
    assert {entry["name"]: entry["pid"] for entry in told["processes"]} == pids(state)
    assert told["cluster"]["kubernetes"] == "v1.37.2"
    assert (told["cluster"]["nodes"], told["cluster"]["nodes_ready"]) == (3, 3)


def test_a_taken_port_is_named_with_its_owner_and_the_way_out(kogge: Kogge, state: State) -> None:
    kogge("sandbox", "down", "--keep", directory=state.directory)
    chosen = ports.kept(state)
    assert chosen is not None
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", chosen.apiserver))
        squatter.listen()
        refused = kogge("sandbox", "up", directory=state.directory)
        assert refused.returncode == 1
        assert f"port {chosen.apiserver} of the sandbox's kube-apiserver is taken by" in refused.stderr
        assert f"(pid {os.getpid()})" in refused.stderr
        assert "--new-ports" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "ready in" in up(kogge, state, "--new-ports")
    fresh = ports.kept(state)
    assert fresh is not None
    assert fresh != chosen
    assert KubeApi.from_kubeconfig(state.kubeconfig("admin")).get("/api/v1/namespaces/before-the-reboot")


def test_a_component_that_ends_at_once_is_shown_with_its_last_words(kogge: Kogge, state: State) -> None:
    kill(pids(state)["kube-apiserver"])
    key = state.pki / "service-account.key"
    kept_key = key.read_text(encoding="utf-8")
    key.write_text("no key\n", encoding="utf-8")
    failed = kogge("sandbox", "up", directory=state.directory)
    key.write_text(kept_key, encoding="utf-8")
    assert failed.returncode == 1
    assert "kube-apiserver ended" in failed.stderr
    assert str(state.log("kube-apiserver")) in failed.stderr
    assert "service-account.key" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "ready in" in up(kogge, state)


def test_while_one_run_works_another_is_told_who(kogge: Kogge, state: State) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from sandbox.lock import exclusive\n"
            "with exclusive(Path(sys.argv[1]), 'kogge sandbox up'): print('held', flush=True); time.sleep(60)",
            str(state.lock),
        ],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    refused = kogge("sandbox", "down", directory=state.directory)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert refused.returncode == 1
    assert f"pid {holder.pid} (kogge sandbox up) holds" in refused.stderr
    assert "runs already" in up(kogge, state)


def test_two_sandboxes_run_side_by_side(sandbox: State, state: State, admin: KubeApi) -> None:
    other = KubeApi.from_kubeconfig(state.kubeconfig("admin"))
    names = {text_at(item, "metadata", "name") for item in other.list_all("/api/v1/namespaces")}
    assert "before-the-reboot" in names
    assert sandbox.uid_file.read_text() != state.uid_file.read_text()
    assert set(pids(sandbox).values()).isdisjoint(pids(state).values())
    assert admin.text("/readyz") == "ok"


def test_down_leaves_no_process_and_no_file(kogge: Kogge, state: State, sandbox: State) -> None:
    recorded = [record for name in ORDER if (record := read_record(state, name))]
    assert len(recorded) == len(ORDER)
    for directory in state.of_its_platform:
        directory.mkdir()
        (directory / "moelln").touch()
    done = kogge("sandbox", "down", directory=state.directory)
    assert done.returncode == 0, done.stderr
    assert [record.name for record in recorded if living(record)] == []
    mentions = [
        found.pid
        for found in psutil.process_iter(["cmdline"])
        if any(str(state.directory) in argument for argument in found.info["cmdline"] or [])
    ]
    assert mentions == []
    assert not state.directory.exists()
    assert list(state.directory.parent.iterdir()) == []
    assert set(pids(sandbox)) == set(ORDER)


def test_down_without_a_sandbox_says_so(kogge: Kogge, tmp_path: Path) -> None:
    done = kogge("sandbox", "down", directory=tmp_path / "none")
    assert (done.returncode, done.stdout.startswith("no sandbox in")) == (0, True)


def test_a_directory_that_is_no_sandbox_is_neither_used_nor_removed(kogge: Kogge, tmp_path: Path) -> None:
    precious = tmp_path / "home"
    precious.mkdir()
    (precious / "letter.txt").write_text("dear", encoding="utf-8")
    for command in ("up", "down"):
        refused = kogge("sandbox", command, directory=precious)
        assert refused.returncode == 1
        assert str(precious) in refused.stderr
        assert "next:" in refused.stderr
    assert (precious / "letter.txt").read_text(encoding="utf-8") == "dear"
    assert [entry.name for entry in precious.iterdir()] == ["letter.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize(
    ("options", "said"),
    [("size=64m", "MB are free under"), ("size=700m,ro", "read-only file system")],
)
def test_a_small_or_read_only_disk_is_named(kogge: Kogge, tmp_path: Path, options: str, said: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        refused = kogge("sandbox", "up", directory=disk / "sandbox")
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "next:" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "internal fault" not in refused.stderr
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_stop_ends_a_process_that_ignores_the_polite_signal(tmp_path: Path) -> None:
    arguments = (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
    )
    stubborn = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    record = process.Record(
        name="stubborn",
        pid=stubborn.pid,
        started=psutil.Process(stubborn.pid).create_time(),
        command_sha256=process.digest(arguments),
    )
    assert process.stop(record, seconds=0.3)
    assert stubborn.wait(timeout=5) == -signal.SIGKILL
