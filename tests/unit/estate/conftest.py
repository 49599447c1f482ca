"""A copy of the base estate that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2] / "corpus" / "base"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The six partners, four applications and the platform of the corpus, without a mistake."""
    return Path(shutil.copytree(BASE, tmp_path / "data"))


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace text in a file; a text that is not there would make a test prove nothing."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
