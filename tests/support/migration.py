"""What a change of this code is allowed to do to what an earlier release left, and whether it does just that."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

Change = tuple[str, ...]
"""Words that say what changed; how many and which is the test's to say."""


class Migration(NamedTuple):
    """A change that is made on purpose; ``*`` in a word stands for any text. A replacement needs a good reason."""

    issue: int
    releases: str
    """Names of the releases it happens to."""
    change: Change

    def covers(self, change: Change) -> bool:
        return len(change) == len(self.change) and all(map(fnmatchcase, change, self.change))


def surprises(migrations: Iterable[Migration], release: str, changes: Iterable[Change]) -> tuple[set[Change], set[str]]:
    """Return the changes that no migration declares, and what migrations declare for the release without effect."""
    found = set(changes)
    declared = [migration for migration in migrations if fnmatchcase(release, migration.releases)]
    return (
        {change for change in found if not any(migration.covers(change) for migration in declared)},
        {str(migration) for migration in declared if not any(map(migration.covers, found))},
    )
