"""The records survive, and a lost or damaged one makes nothing clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.defaults.record import (
    AppliedManifests,
    Learned,
    read_applied,
    read_defaults,
    read_learned,
    shape_key,
    write_applied,
    write_defaults,
)
from kogge.defaults.shape import Defaults

KEY = shape_key("v1", "Secret", "a" * 64)
FILLED = Defaults(((("type",), "Opaque"),), (("immutable",),))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    applied = AppliedManifests({"v1 Secret a/b": "digest"}, {"apps/v1 Deployment a/b": ("new", "old")})
    write_defaults(tmp_path, "hl1", {"v1": {KEY: FILLED}}, "v1")
    write_applied(tmp_path, "hl1", "moelln", applied)
    learned = read_learned(tmp_path, "hl1")
    assert learned == Learned({"v1": {KEY: FILLED}}, {"moelln": applied})
    assert learned.for_shape("v1", "v1", "Secret", "a" * 64) == FILLED
    assert learned.for_shape("v2", "v1", "Secret", "a" * 64) is None
    assert read_learned(tmp_path, "hl2") == Learned()


def test_two_server_versions_are_kept(tmp_path: Path) -> None:
    for version in ("v1", "v2", "v3"):
        write_defaults(tmp_path, "hl1", {**read_defaults(tmp_path, "hl1"), version: {KEY: FILLED}}, version)
    assert list(read_defaults(tmp_path, "hl1")) == ["v2", "v3"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1, "versions": {"v1": {"k": 1}}}'])
def test_a_damaged_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "hl1.json").write_text(text)
    (tmp_path / "hl1").mkdir()
    (tmp_path / "hl1" / "moelln.json").write_text(text)
    assert read_defaults(tmp_path, "hl1") == {}
    assert read_applied(tmp_path, "hl1", "moelln") is None
