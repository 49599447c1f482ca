"""Where the checkout under test is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
CORPUS: Final = CHECKOUT / "tests" / "corpus"
"""Estates that are wrong in one way each, and the sound one that they are made from."""
