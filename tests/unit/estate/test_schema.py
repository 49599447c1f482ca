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
from tests.support.corpus import WRONG_FILES, WrongFile
from tests.support.estate_files import BASE

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
    "yaml-octal-ags",  # refused by its style; the schema sees a text
    "yaml-octal-ars",
    "yaml-octal-carrier",
    "yaml-octal-district",
    "yaml-octal-port",
}
"""Files of those rules whose fault needs more than a pattern, or lies in another file's words."""

REFUSED = [wrong for wrong in WRONG_FILES if wrong.rules & SCHEMA_CAN_SAY and wrong.name not in BEYOND_A_SCHEMA]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CHECKOUT / "schemas" / f"{name}.json").read_text(encoding="utf-8")))


def schema_of(file: str) -> Draft202012Validator:
    kind = {"tenants": "tenant", "catalogue": "application"}.get(file.split("/")[0], "platform")
    return schema(kind)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_committed_schema_is_that_of_the_model(name: str) -> None:
    committed = (CHECKOUT / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), "run `kogge schemas --write`"


@pytest.mark.parametrize("root", [CHECKOUT, BASE], ids=["seed", "corpus"])
def test_our_files_are_accepted(root: Path) -> None:
    files = [path for place in ("tenants/*.yaml", "catalogue/*.yaml", "platform.yaml") for path in root.glob(place)]
    assert len(files) >= 11
    for path in files:
        file = str(path.relative_to(root))
        source, _ = read_source(root, file)
        assert source is not None
        assert [error.message for error in schema_of(file).iter_errors(parse(source).data)] == []


@pytest.mark.parametrize("wrong", REFUSED, ids=[wrong.name for wrong in REFUSED])
def test_what_a_schema_can_refuse_it_refuses(wrong: WrongFile, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_bytes(wrong.content)
    source, _ = read_source(tmp_path, "wrong.yaml")
    assert source is not None
    assert not schema_of(wrong.file).is_valid(parse(source).data)


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
