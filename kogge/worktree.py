"""Whether a path lies in a work tree of git, and whether git keeps it there. Nothing is changed."""

from __future__ import annotations

from pathlib import Path

from kogge.errors import KoggeError
from kogge.git import is_listed


def work_tree(path: Path) -> Path | None:
    """Return the root of the work tree that holds ``path``, which need not exist yet; None outside of any."""
    place = path.resolve()
    return next((directory for directory in (place, *place.parents) if (directory / ".git").exists()), None)


def is_tracked(path: Path, *, if_unknown: bool) -> bool:
    """Tell whether git keeps ``path``, or anything below it; ``if_unknown`` in a work tree of which git cannot say."""
    tree = work_tree(path.parent)
    if tree is None:
        return False
    try:
        return is_listed(tree, path.parent.resolve() / path.name)
    except KoggeError:
        return if_unknown
