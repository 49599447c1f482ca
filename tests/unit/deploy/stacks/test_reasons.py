"""What Pulumi printed becomes a message with a next step. The samples are what the real CLI and provider printed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from kogge.deploy.stacks.reasons import LockHolder, Reason, clean, lock_holders, reason_for

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> tuple[list[str], str]:
    found = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found["errors"], found["output"]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("passphrase", "incorrect passphrase", "the stack was encrypted with another master key"),
        ("no-passphrase", "passphrase must be set", "the passphrase file is missing"),
        ("unreachable", "connection refused", "the cluster does not answer"),
        ("forbidden", 'cannot patch resource "configmaps"', "the identity lacks a right"),
        ("protected", "cannot be deleted", "it holds data or isolates"),
        ("damaged", "failed to load checkpoint", "the state is damaged"),
    ],
)
def test_a_failure_is_said_in_the_engines_words_with_what_to_do(name: str, message: str, hint: str) -> None:
    reason = reason_for(*sample(name))
    assert message in reason.message
    assert reason.hint.startswith(hint)


@pytest.mark.parametrize("name", ["unreachable", "forbidden"])
def test_an_error_begins_with_the_object_that_it_is_about(name: str) -> None:
    message = reason_for(*sample(name)).message
    assert message.startswith("ConfigMap moelln--terminvergabe/settings: ")
    assert "error occurred" not in message
    assert "\n" not in message


def test_the_engines_errors_go_before_what_the_cli_printed() -> None:
    errors, output = sample("forbidden")
    assert "Updating (moelln)" in output
    assert "Updating" not in reason_for(errors, output).message


def test_without_errors_of_the_engine_the_lines_that_say_error_are_the_reason() -> None:
    _, output = sample("damaged")
    message = reason_for([], output).message
    assert message == " stderr: error: failed to load checkpoint: place 1: unexpected end of JSON input"


def test_of_many_errors_each_keeps_a_line_and_the_first_its_object() -> None:
    text = "Deployment a/b: 2 errors occurred:\n\t* one\n\t* two\n"
    assert clean(text) == "Deployment a/b: one\n\t* two"


def test_colours_links_and_empty_lines_go() -> None:
    assert clean("\x1b[31mred\x1b[0m\n\n<{%fg 1%}>blue<{%reset%}>\nsee https://pulumi.io/x\n") == "red\nblue"


def test_what_is_not_known_is_said_as_it_is_and_silence_is_named() -> None:
    assert reason_for(["Secret a/b: something new"], "").message == "Secret a/b: something new"
    assert reason_for([], "") == Reason(
        "Pulumi ended without saying why", "run the command again; `KOGGE_DEBUG=1` shows all that Pulumi printed"
    )
    assert reason_for([], "last words").message == "last words"


def test_who_holds_the_stack_is_read_from_the_refusal() -> None:
    _, output = sample("locked")
    assert lock_holders(output) == (LockHolder("deploy", "admin1", 14699),)
    assert lock_holders("error: the stack is locked") == ()


def test_a_holder_of_this_machine_is_told_from_one_elsewhere() -> None:
    assert LockHolder("deploy", socket.gethostname(), 1).here
    assert not LockHolder("deploy", "admin1.example", 1).here
