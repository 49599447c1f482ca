"""The sound estate of the corpus, and changing a file of a copy of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from tests.support.checkout import CORPUS

BASE: Final = CORPUS / "base"
"""The six partners, four applications and the platform, without a mistake."""

AS_OF: Final = date(2026, 11, 24)
"""The day on which it has none."""


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace text in a file; a text that is not there would make a test prove nothing."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
