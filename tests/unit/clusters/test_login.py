"""Login programs of kubeconfigs: how they are run, and what is made of their answers."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kogge.clusters import login as module
from kogge.clusters.errors import LoginError
from kogge.clusters.login import Login, LoginProgram, login_program, run_login
from tests.support import login_program as scripts
from tests.support.login_program import credential


def named(directory: Path, entry: dict[str, Any], **cluster: Any) -> LoginProgram:
    return login_program(directory / "c.yaml", entry, {"server": "https://hl1.kommune.example", **cluster})


def test_the_program_gets_its_words_its_environment_and_the_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    script = scripts.make(
        tmp_path,
        credential(token="t"),
        before='[ "$1" = "a b;c" ] && [ "$FLAVOUR" = "x" ] && [ -z "$PYTHONPATH" ] && ! read line || exit 9',
    )
    entry = script.entry(args=["a b;c"], env=[{"name": "FLAVOUR", "value": "x"}], provideClusterInfo=True)
    assert run_login(named(tmp_path, entry)).token == "t"
    assert script.runs() == [
        {
            "apiVersion": scripts.VERSION,
            "kind": "ExecCredential",
            "spec": {"interactive": False, "cluster": {"server": "https://hl1.kommune.example"}},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "before", "said"),
    [
        ("", "exit 3", "ended with code 3"),
        ("no json", "", "no JSON"),
        (credential(version="client.authentication.k8s.io/v1beta1", token="hidden!"), "", "no ExecCredential"),
        (credential(), "", "neither a token nor a certificate"),
        (credential(clientCertificateData="hidden!"), "", "neither a token nor a certificate"),
        (credential(token="hidden!", expirationTimestamp="tomorrow"), "", "no time"),
        (credential(token="hidden!", expirationTimestamp="2026-11-26T00:00:00"), "", "without a zone"),
        ("", "head -c 3000000 /dev/zero; sleep 60", "more than 1 MiB"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_and_not_repeated(
    tmp_path: Path, answer: str, before: str, said: str
) -> None:
    script = scripts.make(tmp_path, answer, before=before)
    with pytest.raises(LoginError) as failed:
        run_login(named(tmp_path, script.entry()))
    assert said in failed.value.message
    assert "hidden!" not in failed.value.message
    assert failed.value.hint


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.0)
    script = scripts.make(tmp_path, "", before=f"sleep 300 & echo $! > {tmp_path}/pid; wait")
    began = time.monotonic()
    with pytest.raises(LoginError, match="did not end within 1 seconds"):
        run_login(named(tmp_path, script.entry()))
    assert time.monotonic() - began < 30
    pid = int((tmp_path / "pid").read_text(encoding="ascii"))
    deadline = time.monotonic() + 5
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_that_is_missing_is_named_with_its_install_hint(tmp_path: Path) -> None:
    entry = {"apiVersion": scripts.VERSION, "command": "kogge-no-such-login", "installHint": "get it\x1b[8m there"}
    with pytest.raises(LoginError, match="kogge-no-such-login is not installed") as missing:
        run_login(named(tmp_path, entry))
    assert missing.value.hint == "get it\\x1b[8m there"


def test_what_the_program_says_to_people_is_shown_without_what_a_terminal_obeys(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = scripts.make(tmp_path, credential(token="t"), before=r"printf 'open \033[8m this\n' >&2")
    run_login(named(tmp_path, script.entry()))
    assert "open \\x1b[8m this" in capfd.readouterr().err


def test_a_program_that_must_ask_a_person_is_not_run_without_one(tmp_path: Path) -> None:
    script = scripts.make(tmp_path, credential(token="t"))
    assert not os.isatty(0)
    with pytest.raises(LoginError, match="needs a person at a terminal"):
        run_login(named(tmp_path, script.entry(interactiveMode="Always")))
    assert script.runs() == []


def test_a_credential_is_fetched_once_for_all_threads_and_again_after_its_end(tmp_path: Path) -> None:
    script = scripts.make(tmp_path, credential(token="t", expirationTimestamp=_in(3600)), before="sleep 0.2")
    login = Login(named(tmp_path, script.entry()))
    threads = [threading.Thread(target=login.credential) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(script.runs()) == 1
    refused = login.credential()
    login.credential(instead_of=refused)
    login.credential(instead_of=refused)
    assert len(script.runs()) == 2


def test_a_credential_that_ends_soon_is_not_used_again(tmp_path: Path) -> None:
    script = scripts.make(tmp_path, credential(token="t", expirationTimestamp=_in(5)))
    login = Login(named(tmp_path, script.entry()))
    login.credential()
    login.credential()
    assert len(script.runs()) == 2


def _in(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
