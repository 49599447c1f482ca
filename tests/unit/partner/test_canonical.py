"""Formatting changes the form of a file and never what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.estate import load_estate
from kogge.estate.files.document import parse
from kogge.estate.files.source import Source
from kogge.partner.canonical import MODELINE, Unformattable, canonical
from tests.support.estate_files import BASE

SEED = sorted((BASE / "tenants").glob("*.yaml"))


@pytest.mark.parametrize("path", SEED, ids=[path.stem for path in SEED])
def test_formatting_keeps_data_and_is_idempotent(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    once = canonical(path.name, text)
    assert parse(Source(path.name, once)).data == parse(Source(path.name, text)).data
    assert canonical(path.name, once) == once


def test_fields_come_in_the_order_of_the_model_with_their_comments() -> None:
    text = "size: s  # small\nname: moelln\nservices:\n  - reach: vpn # inside\n    use: terminvergabe\n"
    assert canonical("x", text) == (
        f"{MODELINE}\nname: moelln\nsize: s  # small\nservices:\n  - use: terminvergabe\n    reach: vpn # inside\n"
    )


def test_decomposed_umlauts_line_ends_and_the_modeline_are_mended(root: Path) -> None:
    path = root / "tenants" / "moelln.yaml"
    text = path.read_text(encoding="utf-8").replace("ö", "o\u0308").replace(MODELINE + "\n", "").replace("\n", "\r\n")
    path.write_bytes(text.encode("utf-8"))
    assert not load_estate(root).ok
    path.write_text(canonical("tenants/moelln.yaml", text), encoding="utf-8")
    assert load_estate(root).problems == ()


def test_quotes_stay_so_that_keys_stay_texts() -> None:
    assert 'ags: "01053090"' in canonical("x", 'body: {ags: "01053090"}\n')


@pytest.mark.parametrize("text", ["", "a: [", "- a\n", "a: 1\na: 2\n", "a: &x 1\n"])
def test_a_file_that_cannot_be_read_is_left_alone(text: str) -> None:
    with pytest.raises(Unformattable):
        canonical("x", text)
