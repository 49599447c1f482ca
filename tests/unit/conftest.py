"""What the unit tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.estate_files import EstateFiles


@pytest.fixture
def files(tmp_path: Path) -> EstateFiles:
    """The files of an estate that this test may change."""
    return EstateFiles.base(tmp_path / "estate")
