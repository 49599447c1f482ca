"""Whether a path lies in a work tree of git, and whether git keeps it there. Nothing is changed."""

from __future__ import annotations

import subprocess
from pathlib import Path


def work_tree(path: Path) -> Path | None:
    """Return the root of the work tree that holds ``path``, which need not exist yet; None outside of any."""
    place = path.resolve()
    return next((directory for directory in (place, *place.parents) if (directory / ".git").exists()), None)


def is_tracked(path: Path) -> bool:
    """Tell whether git keeps ``path``, or anything below it. Without git nobody can say so: False."""
    tree = work_tree(path.parent)
    if tree is None:
        return False
    try:
        found = subprocess.run(
            ["git", "-C", str(tree), "ls-files", "-z", "--", str(path.parent.resolve() / path.name)],
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(found.stdout)
