"""Whether the records of this machine are its own: those below ``.kogge`` that came with the repository are not.

They say what was applied and learned, and hold the settings of stacks. Where they lie is in ``kogge.places``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from kogge import places
from kogge.errors import ExitCode, KoggeError
from kogge.worktree import is_tracked

COMMITTED: Final = "the repository holds the records of this machine"
NEXT_STEP: Final = "git rm -r --cached .kogge, commit, and name .kogge/ in .gitignore"


class CommittedRecordsError(KoggeError):
    """The records came with the repository: whoever commits could teach the check what it accepts."""

    exit_code = ExitCode.INVALID


def are_committed(root: Path) -> bool:
    """Tell whether the repository of a data root brings ``.kogge``, or anything below it."""
    place = places.state(root)
    return os.path.lexists(place) and is_tracked(place, if_unknown=False)


def require_own_records(root: Path) -> None:
    """Refuse a data root whose repository brings ``.kogge``.

    :raises CommittedRecordsError: it does.
    """
    if are_committed(root):
        raise CommittedRecordsError(f"{places.state(root)}: {COMMITTED}", hint=NEXT_STEP)
