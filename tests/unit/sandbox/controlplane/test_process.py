"""A process is signalled only when it is the recorded one; shown with real processes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.controlplane import process
from sandbox.controlplane.components import Component
from sandbox.controlplane.process import Record
from sandbox.controlplane.state import State, create

COMMAND = ("sleep", "61.25")


@pytest.fixture
def sleeper() -> Iterator[Record]:
    started = subprocess.Popen(COMMAND)
    while psutil.Process(started.pid).cmdline() != list(COMMAND):
        time.sleep(0.005)  # for a moment after exec the system shows no command line
    yield Record(
        name="sleeper",
        pid=started.pid,
        started=psutil.Process(started.pid).create_time(),
        command_sha256=process.digest(COMMAND),
    )
    started.kill()
    started.wait()


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    create(state)
    return state


def test_the_recorded_process_is_found(sleeper: Record) -> None:
    found = process.living(sleeper)
    assert found is not None
    assert found.pid == sleeper.pid


def test_the_same_pid_with_another_start_is_another_process(sleeper: Record) -> None:
    assert process.living(sleeper.model_copy(update={"started": sleeper.started - 60})) is None


def test_the_same_pid_with_another_command_is_another_process(sleeper: Record) -> None:
    other = sleeper.model_copy(update={"command_sha256": process.digest(("etcd",))})
    assert process.living(other) is None
    assert process.stop(other) is False
    assert process.living(sleeper) is not None


def test_a_process_that_ended_and_was_not_collected_yet_does_not_count_as_running(sleeper: Record) -> None:
    psutil.Process(sleeper.pid).kill()
    assert process._gone(sleeper, 5.0)


def test_stop_ends_the_recorded_process(sleeper: Record) -> None:
    assert process.stop(sleeper) is True
    assert process.living(sleeper) is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', "[]"])
def test_a_damaged_record_is_no_record(state: State, text: str) -> None:
    (state.processes / "etcd.json").write_text(text, encoding="utf-8")
    assert process.read_record(state, "etcd") is None


def test_a_started_program_is_recorded_detached_and_keeps_no_secret_of_our_environment(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "not for components")
    component = Component("sleeper", COMMAND)
    process.start(state, component)
    record = process.read_record(state, "sleeper")
    found = process.living(record)
    assert record is not None
    assert found is not None
    assert "PULUMI_CONFIG_PASSPHRASE" not in found.environ()
    assert process.is_current(state, component)
    assert not process.is_current(state, Component("sleeper", (*COMMAND, "1")))
    process.stop(record)


def test_the_end_of_a_log_is_shown_cut_to_length(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("\n".join([*(f"line {number}" for number in range(20)), "y" * 1000]), encoding="utf-8")
    shown = process.last_lines(log, 3).splitlines()
    assert [line.strip()[:7] for line in shown] == ["line 18", "line 19", "yyyyyyy"]
    assert max(map(len, shown)) < 310
    assert "no log" in process.last_lines(tmp_path / "none.log")
