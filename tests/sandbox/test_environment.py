"""``kogge env``: passphrases are in memory, as long as they are used, and a copy of the data root opens nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.estate_root import EstateRoot

SHOW = ("pulumi", "--non-interactive", "stack", "export", "--show-secrets")
IN_MEMORY = {"tmpfs", "ramfs"}


def with_stack(estate: EstateRoot, *command: str, stack: str = "moelln") -> subprocess.CompletedProcess[str]:
    return estate.kogge("env", stack, "--", *command)


def printed(estate: EstateRoot) -> dict[str, str]:
    """Return what the form for a shell sets."""
    done = estate.kogge("env", "moelln")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("export ")]
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def test_the_passphrase_lies_in_memory_for_the_command_and_is_gone_after_it(estate: EstateRoot) -> None:
    script = 'f=$PULUMI_CONFIG_PASSPHRASE_FILE; echo "$f"; stat -c %a "$f"; stat -f -c %T "$f"; wc -c < "$f"'
    done = with_stack(estate, "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    path, mode, kind, size = done.stdout.split()
    assert (mode, size) == ("600", "43")
    assert kind in IN_MEMORY
    assert not Path(path).exists()
    assert not Path(path).parent.exists()


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137), ("kill -15 $$", 143)])
def test_the_exit_code_is_the_commands(estate: EstateRoot, script: str, code: int) -> None:
    assert with_stack(estate, "sh", "-c", script).returncode == code


def test_the_command_gets_its_words_its_input_and_its_directory_as_they_are(estate: EstateRoot) -> None:
    words = ["printf", "%s|", "a b", "--json", "", "$HOME", "*"]
    assert with_stack(estate, *words).stdout == "a b|--json||$HOME|*|"
    done = subprocess.run(
        estate.command("env", "moelln", "--", "cat"),
        env=estate.environment(),
        input="in",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "in"
    assert with_stack(estate, "pwd").stdout.strip() == str(estate.path / ".kogge/project")


def test_a_command_that_does_not_exist_is_named(estate: EstateRoot, tmp_path: Path) -> None:
    done = with_stack(estate, "no-such-command")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no command 'no-such-command'" in done.stderr
    (tmp_path / "text").write_text("no program", encoding="ascii")
    (tmp_path / "text").chmod(0o755)
    assert "cannot be run" in with_stack(estate, str(tmp_path / "text")).stderr


def started(estate: EstateRoot, script: str) -> tuple[subprocess.Popen[str], list[str]]:
    """Start a command under ``kogge env``; returns it and the words it printed first."""
    run = estate.start("env", "moelln", "--", "sh", "-c", script)
    assert run.stdout is not None
    return run, run.stdout.readline().split()


def test_a_signal_that_a_program_sends_reaches_the_command_once(estate: EstateRoot) -> None:
    script = "trap 'echo got; n=1' TERM; echo ready; while [ -z \"$n\" ]; do sleep 0.1; done; sleep 1; exit 7"
    run, _ = started(estate, script)
    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=60)
    assert (run.returncode, output.split()) == (7, ["got"])


def test_a_killed_kogge_leaves_the_file_to_the_command_and_the_next_command_removes_it(estate: EstateRoot) -> None:
    run, [path, child] = started(estate, 'echo "$PULUMI_CONFIG_PASSPHRASE_FILE" $$; exec sleep 60')
    run.kill()
    run.wait()
    estate.kogge("rules")
    assert Path(path).exists()
    os.kill(int(child), signal.SIGKILL)
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        time.sleep(0.05)
    estate.kogge("rules")
    assert not Path(path).parent.exists()


def test_the_form_for_a_shell_works_until_it_is_forgotten(estate: EstateRoot) -> None:
    variables = printed(estate)
    path = Path(variables["PULUMI_CONFIG_PASSPHRASE_FILE"])
    kind = subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=True)
    assert kind.stdout.strip() in IN_MEMORY
    assert path.stat().st_mode & 0o777 == 0o600
    until = int(path.parent.name.split("-")[2])
    assert 11.9 * 3600 < until - time.time() < 12.1 * 3600
    script = 'eval "$("$@")"; pulumi --non-interactive stack export --show-secrets'
    words = ["bash", "-c", script, "bash", *estate.command("env", "moelln")]
    done = subprocess.run(words, env=estate.environment(), cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "removed in twelve hours" in done.stderr
    forgotten = estate.kogge("env", "--forget")
    assert forgotten.returncode == 0
    assert not path.exists()
    assert "removed" in forgotten.stderr
    assert estate.kogge("env", "--forget", "moelln").returncode == 2
    assert estate.kogge("env").returncode == 2


def test_a_copy_of_the_data_root_opens_nothing_without_an_identity(estate: EstateRoot, tmp_path: Path) -> None:
    assert with_stack(estate, *SHOW).returncode == 0, "with the identity it can be shown"
    copy = tmp_path / "copy"
    shutil.copytree(estate.path, copy, symlinks=True, ignore=shutil.ignore_patterns("*.lock"))
    thief = EstateRoot(copy)
    assert thief.kogge("env", "moelln", "--", *SHOW, KOGGE_IDENTITY="/nowhere").returncode == 1
    variables = {**printed(estate), "PULUMI_BACKEND_URL": f"file://{copy}/.kogge/state"}
    estate.kogge("env", "--forget")
    environment = {**os.environ, **variables, "PATH": os.environ["PATH"]}
    found = [str(path) for path in (copy / ".kogge").rglob("*") if "passphrase" in path.name]
    assert found == []
    for more in ({}, {"PULUMI_CONFIG_PASSPHRASE": ""}):
        words = [f"{CHECKOUT}/.kogge/toolset/bin/{SHOW[0]}", *SHOW[1:]]
        where = copy / ".kogge/project"
        done = subprocess.run(words, env={**environment, **more}, cwd=where, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert "dockerconfigjson" not in done.stdout
        assert "passphrase" in done.stderr, done.stderr


@pytest.mark.parametrize("command", [("up", "moelln", "--force"), ("plan", "moelln", "--force"), ("env", "moelln")])
def test_what_versions_before_left_on_the_disk_is_removed_by_the_first_run(
    estate: EstateRoot, command: tuple[str, ...]
) -> None:
    old = estate.path / ".kogge/passphrases"
    old.mkdir()
    (old / "luebeck").write_text("of before", encoding="ascii")
    done = estate.kogge(*command)
    estate.kogge("env", "--forget")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not old.exists()


def test_a_link_in_the_place_of_old_passphrases_is_removed_and_what_it_leads_to_stays(
    estate: EstateRoot, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("x", encoding="ascii")
    (estate.path / ".kogge/passphrases").symlink_to(tmp_path)
    assert with_stack(estate, "true").returncode == 0
    assert not (estate.path / ".kogge/passphrases").is_symlink()
    assert (tmp_path / "kept").exists()


def test_no_key_is_made_for_a_shell(estate: EstateRoot) -> None:
    path = estate.add_tenant("keyless", number=199)
    try:
        for command in (("env", "keyless"), ("env", "keyless", "--", "true")):
            done = estate.kogge(*command)
            assert (done.returncode, done.stdout) == (1, "")
            assert "keyless has no master key" in done.stderr
            assert "next: kogge keys new keyless" in done.stderr
        assert not (estate.path / ".kogge/keys/keyless.age").exists()
    finally:
        path.unlink()


def test_a_passphrase_of_another_stack_in_the_shell_counts_for_nothing(estate: EstateRoot) -> None:
    """Pulumi would take the variable before the file, and encrypt or read the stack with it."""
    stray = {"PULUMI_CONFIG_PASSPHRASE": "of another stack"}
    for words in (("plan", "moelln", "--force"), ("env", "moelln", "--", *SHOW)):
        done = estate.kogge(*words, **stray)
        assert done.returncode == 0, done.stdout + done.stderr
    script = f'eval "$({" ".join(estate.command("env", "moelln"))} 2>/dev/null)"; {" ".join(SHOW)}'
    environment = {**estate.environment(), **stray}
    done = subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert estate.kogge("env", "--forget").returncode == 0
