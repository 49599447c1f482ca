"""``render`` prints what will be applied, in an order that is always the same, with markers for secrets."""

from __future__ import annotations

import base64

import yaml

from kogge.derived import Derived, Purpose, plain
from kogge.desired import tenant_objects
from kogge.desired.yaml_stream import by_name, yaml_stream
from tests.support.estate_files import EstateFiles


def test_the_stream_holds_every_object_in_the_order_in_which_it_is_made(files: EstateFiles) -> None:
    estate = files.load()
    items = tenant_objects(estate, estate.tenant("segeberg"))
    documents = list(yaml.safe_load_all(yaml_stream(items)))
    assert documents == [by_name(item.manifest) for item in items]
    assert documents[0]["kind"] == "Namespace"


def test_the_head_of_a_document_comes_first_and_other_keys_in_alphabetical_order(files: EstateFiles) -> None:
    estate = files.load()
    documents = yaml_stream(tenant_objects(estate, estate.tenant("moelln"))).split("---\n")
    heads = [
        [line.split(":")[0] for line in document.splitlines() if line[0] not in " -"] for document in documents[1:]
    ]
    assert ["apiVersion", "kind", "metadata", "spec"] in heads
    assert ["apiVersion", "kind", "metadata", "data"] in heads
    assert ["apiVersion", "kind", "metadata", "data", "type"] in heads


def test_names_keep_their_umlauts(files: EstateFiles) -> None:
    estate = files.load()
    assert "Mölln, Stadt" in yaml_stream(tenant_objects(estate, estate.tenant("moelln")))


def test_a_secret_is_printed_by_name_wherever_it_stands() -> None:
    secret = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
    shown = by_name({"a": [secret], "b": (plain(secret),)})
    assert shown["a"] == ["<derived moelln session-key terminvergabe v1>"]
    assert base64.b64decode(shown["b"][0]) == b"<derived moelln session-key terminvergabe v1>"
