"""The JSON Schemas are those of the models, accept our files and refuse what a schema can refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kogge.estate.files.document import parse
from kogge.estate.files.source import read_source
from kogge.estate.schema import MODELS, schema_text
from tests.support.checkout import CHECKOUT
from tests.unit.estate.test_corpus import BAD, CORPUS, expectation

SCHEMA_CAN_SAY = {"unknown-field", "missing-field", "unknown-word", "wrong-type", "bad-value", "unquoted-key"}
"""Rules about one value; the others need several files, dates, or the text itself."""

BEYOND_A_SCHEMA = {
    "value-date-day",  # 30 February has the form of a date
    "value-network-host-bits",
    "value-name-reserved",
    "value-name-kube",
    "value-two-uids",
    "value-name-in-cyrillic",
    "five-mistakes-in-list",
}
"""Files of those rules whose fault needs more than a pattern, or lies in another file's words."""


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CHECKOUT / "schemas" / f"{name}.json").read_text(encoding="utf-8")))


def schema_of(file: str) -> Draft202012Validator:
    kind = {"tenants": "tenant", "catalogue": "application"}.get(file.split("/")[0], "platform")
    return schema(kind)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_committed_schema_is_that_of_the_model(name: str) -> None:
    committed = (CHECKOUT / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), "run `kogge schemas --write`"


@pytest.mark.parametrize("root", [CHECKOUT, CORPUS / "base"], ids=["seed", "corpus"])
def test_our_files_are_accepted(root: Path) -> None:
    files = [path for place in ("tenants/*.yaml", "catalogue/*.yaml", "platform.yaml") for path in root.glob(place)]
    assert len(files) >= 11
    for path in files:
        file = str(path.relative_to(root))
        source, _ = read_source(root, file)
        assert source is not None
        assert [error.message for error in schema_of(file).iter_errors(parse(source).data)] == []


@pytest.mark.parametrize("bad", BAD, ids=[path.stem for path in BAD])
def test_what_a_schema_can_refuse_it_refuses(bad: Path) -> None:
    expected = expectation(bad)
    rules = {rule for rule, _, _ in expected.places}
    if not rules & SCHEMA_CAN_SAY or bad.stem in BEYOND_A_SCHEMA:
        return
    source, _ = read_source(bad.parent, bad.name)
    assert source is not None
    document = parse(source)
    if any(problem.rule != "unquoted-key" for problem in document.problems):
        return
    if document.problems and rules == {"unquoted-key"}:
        return  # refused by its style; the schema sees a text
    assert not schema_of(expected.file).is_valid(document.data)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_described(name: str) -> None:
    document = json.loads(schema_text(name))
    for definition in (document, *document["$defs"].values()):
        for field, entry in definition.get("properties", {}).items():
            assert entry.get("description"), field


@pytest.mark.parametrize("path", ["tenants/moelln.yaml", "catalogue/terminvergabe.yaml", "platform.yaml"])
def test_modelines_lead_to_the_schemas(path: str) -> None:
    first = (CHECKOUT / path).read_text(encoding="utf-8").split("\n")[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match
    assert (CHECKOUT / path).parent.joinpath(match[1]).is_file()
