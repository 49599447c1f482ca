"""``bin/kogge`` is Kogge of its own checkout, wherever it is called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support import hostile_repository
from tests.support.checkout import CHECKOUT


def test_modules_and_programs_in_the_working_directory_are_not_run(tmp_path: Path) -> None:
    hostile = hostile_repository.make(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(CHECKOUT / "bin" / "kogge"), "--root", str(hostile.root), "rules"],
        cwd=hostile.root,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "usage" not in done.stdout.lower()
    assert hostile.ran() == []
