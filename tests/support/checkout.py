"""Where the checkout under test is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
CORPUS: Final = CHECKOUT / "tests" / "corpus"
"""A sound estate, and the files that are wrong in one way each: see corpus.py."""
