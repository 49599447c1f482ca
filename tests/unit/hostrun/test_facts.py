"""A host's answer is taken for hostile: too long, too late or of another form, it is unknown with the reason."""

from __future__ import annotations

import sys
import time

import pytest

from kogge.hostrun.facts import Bounds, HostFacts, Spoken, facts_of, listen

BOUNDS = Bounds(size=1 << 20, seconds=20)


def said(script: str, *, lines: int = 2, bounds: Bounds = BOUNDS) -> Spoken:
    """Return what a program that stands for ssh says."""
    return listen([sys.executable, "-IS", "-c", script], lines=lines, bounds=bounds)


def heard(*lines: str, programs: bool = True) -> HostFacts:
    return facts_of(Spoken(tuple(line.encode() for line in lines), ""), "kogge-nightly", programs=programs)


def test_whole_lines_are_taken_and_nothing_is_given() -> None:
    spoken = said("import sys; print(repr(sys.stdin.read())); print('b'); print('never read', end='')")
    assert (spoken.lines, spoken.fault) == ((b"''", b"b"), "")


def test_after_the_lines_that_are_wanted_nobody_waits() -> None:
    began = time.monotonic()
    spoken = said("import time; print('a', flush=True); time.sleep(60)", lines=1)
    assert spoken.lines == (b"a",)
    assert time.monotonic() - began < 15


def test_an_answer_without_an_end_is_cut_off() -> None:
    spoken = said("while True: print('x' * 65536, end='')")
    assert spoken.fault == "its answer is longer than 1 MB"
    assert facts_of(spoken, "kogge-nightly", programs=True).unknown == ("its answer is longer than 1 MB",)


def test_complaints_without_an_end_cost_no_memory() -> None:
    script = "import sys\nfor _ in range(200): sys.stderr.write('x' * 65536)\nprint('a')"
    spoken = said(script, lines=1)
    assert spoken.lines == (b"a",)
    assert len(spoken.complaint) <= 16384


def test_a_host_that_says_nothing_is_left() -> None:
    spoken = said("import time; time.sleep(60)", bounds=Bounds(seconds=1))
    assert spoken.fault == "it did not answer within 1 seconds"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no object of JSON"),
        ('{"version": 2, "system": {}}', "not the one of this Kogge"),
        ('{"failed": "others have been reading"}', "gave up: others have been reading"),
        ('{"version": 1, "system": {"files": 3}, "database": null}', "another shape"),
        ('{"version": 1, "system": null, "database": {"unavailable": "it is down"}}', "PostgreSQL: it is down"),
    ],
)
def test_an_answer_of_another_form_is_unknown_with_the_reason(line: str, reason: str) -> None:
    facts = heard(line, programs=False)
    assert (facts.host, facts.database) == (None, None)
    assert any(reason in unknown for unknown in facts.unknown)


def test_programs_that_were_not_compared_are_unknown() -> None:
    facts = heard('{"version": 1, "system": {}, "database": null}', '{"failed": "too late"}')
    assert "its programs were not compared: too late" in facts.unknown


@pytest.mark.parametrize(
    ("complaint", "step"),
    [
        ("kogge-nightly@10.0.0.1: Permission denied (publickey).", "is not let in: run 'kogge up --all'"),
        ("sudo: a password is required", "cannot start the facts program: run 'kogge up --all'"),
        ("ssh: connect to host 10.0.0.1 port 22: Connection refused", "not reached by ssh"),
    ],
)
def test_a_host_that_is_not_brought_over_yet_is_unknown_with_the_command(complaint: str, step: str) -> None:
    assert step in facts_of(Spoken((), complaint), "kogge-nightly", programs=True).unknown[0]
