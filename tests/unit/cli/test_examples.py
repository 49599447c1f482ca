"""Every command shows examples, one to a line, and each of them is a command line that Kogge would take."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from kogge.cli.app import app
from kogge.cli.examples import examples, shown_in
from tests.support.command_lines import called, calls, commands, find

EVERY = list(commands())


def named(path: tuple[str, ...]) -> str:
    return " ".join(path)


def test_there_are_commands_to_look_at() -> None:
    assert {("validate",), ("tenant", "new"), ("sandbox", "up")} <= set(EVERY)


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_every_example_is_a_call_of_its_command(path: tuple[str, ...]) -> None:
    found = [called(words) for words in calls(shown_in(find(path).epilog))]
    assert found
    assert set(found) == {path}


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_help_shows_each_example_on_a_line_of_its_own(path: tuple[str, ...]) -> None:
    help_text = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout
    shown = [line.strip() for line in help_text.partition("Examples:")[2].splitlines()]
    assert [line.strip() for line in shown_in(find(path).epilog).splitlines()] == [line for line in shown if line]


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_examples_stand_below_the_options_and_nowhere_else(path: tuple[str, ...]) -> None:
    assert "Example" not in (find(path).help or "")


@pytest.mark.parametrize(
    "wrong",
    [["validate", "--jsn"], ["tenant", "nwe", "ratzeburg"], ["hosts", "pin", "db1"], ["validate", "moelln"]],
    ids=" ".join,
)
def test_a_call_that_kogge_would_refuse_is_noticed(wrong: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|unexpected"):
        called(wrong)


def test_examples_are_read_back_as_they_were_written() -> None:
    assert shown_in(examples("kogge up --all", "kogge drift | jq .findings")) == (
        "kogge up --all\nkogge drift | jq .findings"
    )
    assert shown_in(None) == ""


def test_only_calls_of_kogge_are_taken_out_of_a_line_of_shell() -> None:
    shell = 'eval "$(kogge env moelln)"; pulumi preview\nbin/kogge render moelln | kubectl apply -f -'
    shell += "\nkogge render --all >a"
    assert calls(shell) == [["env", "moelln"], ["render", "moelln"], ["render", "--all"]]
