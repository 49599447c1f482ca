"""Decision records: each has the fields of the template and a number of its own, and the index names all of them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT

DECISIONS = CHECKOUT / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
HEAD = re.compile(
    r"# (?P<number>\d{4}): (?P<title>\S.*)\n\n"
    r"- Status: (?P<status>.+)\n"
    r"- Date: (?P<day>\d{4}-\d{2}-\d{2})(?:; .+)?\n\n"
)
STATUS = re.compile(r"proposed|accepted|rejected|superseded by \[\d{4}\]\(\d{4}-[\w-]+\.md\)")
PARTS = ("Context", "Options considered", "Decision")


def faults(name: str, text: str) -> Iterator[str]:
    """Yield what a record lacks, one sentence each."""
    head = HEAD.match(text)
    if head is None:
        yield "it does not begin with number, title, status and date, as the template does"
        return
    if not name.startswith(head["number"]):
        yield f"its title has the number {head['number']}"
    if STATUS.fullmatch(head["status"]) is None:
        yield f"{head['status']} is no status"
    date.fromisoformat(head["day"])
    starts = [re.search(rf"(?m)^{part}\b", text) for part in PARTS]
    yield from (f"{part} is not there" for part, start in zip(PARTS, starts, strict=True) if start is None)
    positions = [start.start() for start in starts if start is not None]
    if positions != sorted(positions):
        yield f"the order is {', '.join(PARTS)}"
    if not re.search(r"(?m)^Options considered:(?: not recorded\.$|\n\n- )", text):
        yield "options are a list, or not recorded"


def row(record: Path) -> str:
    """Return the row of the index that leads to a record."""
    head = HEAD.match(record.read_text(encoding="utf-8"))
    assert head is not None, record.name
    return f"| {head['number']} | [{head['title']}]({record.name}) | {head['status']} | {head['day']} |"


def test_there_are_records_to_look_at() -> None:
    assert len(RECORDS) > 20


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_the_fields_of_the_template(record: Path) -> None:
    assert list(faults(record.name, record.read_text(encoding="utf-8"))) == []


def test_each_number_is_used_once() -> None:
    numbers = Counter(record.name[:4] for record in RECORDS)
    assert [number for number, times in numbers.items() if times > 1] == []


def test_the_index_names_every_record_in_order() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    rows = [line for line in index.splitlines() if re.match(r"\| \d", line)]
    assert rows == [row(record) for record in RECORDS]


def test_every_file_beside_the_records_is_index_or_template() -> None:
    assert {path.name for path in DECISIONS.iterdir()} - {r.name for r in RECORDS} == {"README.md", "template.md"}


def test_the_template_is_a_record_once_number_and_day_are_filled_in() -> None:
    text = (DECISIONS / "template.md").read_text(encoding="utf-8")
    assert list(faults("0099-x.md", text.replace("NNNN", "0099").replace("YYYY-MM-DD", "2026-11-26"))) == []


def test_the_first_record_names_the_layers_of_the_contract() -> None:
    contract = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contract["tool"]["importlinter"]["contracts"][0]["layers"]
    held = [[room for room in layer.split(" | ") if not room.startswith("(")] for layer in layers]
    text = (DECISIONS / "0001-pipeline.md").read_text(encoding="utf-8")
    told = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in text.splitlines() if line.startswith("| `")]
    assert told == [rooms for rooms in held if rooms]


WHOLE = """\
# 0099: It is so

- Status: accepted
- Date: 2026-11-26

Context: x

Options considered: not recorded.

Decision: y
"""


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("- Status: accepted\n", "", "it does not begin with number, title, status and date, as the template does"),
        ("2026-11-26", "November", "it does not begin with number, title, status and date, as the template does"),
        ("0099", "0098", "its title has the number 0098"),
        ("accepted", "agreed", "agreed is no status"),
        ("Context:", "Because", "Context is not there"),
        ("not recorded.", "none", "options are a list, or not recorded"),
        (
            "Context: x\n\nOptions considered: not recorded.\n\nDecision: y",
            "Decision: y\n\nContext: x\n\nOptions considered: not recorded.",
            "the order is Context, Options considered, Decision",
        ),
    ],
)
def test_a_record_that_lacks_something_is_noticed(written: str, instead: str, fault: str) -> None:
    assert list(faults("0099-it-is-so.md", WHOLE)) == []
    assert list(faults("0099-it-is-so.md", WHOLE.replace(written, instead))) == [fault]
