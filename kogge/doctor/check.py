"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kogge.visible import guarded


class Section(StrEnum):
    """Where a check looks."""

    FILES = "files"
    """The estate's own files."""
    PYTHON = "python"
    """The Python environment."""
    PROGRAMS = "programs"
    """Programs that Kogge runs."""
    MACHINE = "machine"
    """What the sandbox needs of this machine."""
    CLUSTER = "cluster"
    """What Kogge relies on in a cluster."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was expected, what was found, and what to do about a difference."""

    section: Section
    name: str
    ok: bool
    found: str
    expected: str
    next_step: str
    """Empty when it is ok."""
    optional: bool = False
    """Kogge works without it; ``found`` says what is missing then."""

    def __post_init__(self) -> None:
        # What programs and clusters answer is quoted there.
        object.__setattr__(self, "found", guarded(self.found))
