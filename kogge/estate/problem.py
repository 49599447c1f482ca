"""What is wrong with a file: one frozen value per mistake, with the place and the next step.

The words of the messages come from the readers and rules; how a problem looks on a terminal is
decided in ``kogge.cli``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemSeverity(StrEnum):
    """Whether a file with the problem may be used."""

    ERROR = "error"
    """The file is refused."""
    WARNING = "warning"
    """The file is used; somebody should look before it becomes an error."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one file, as ``kogge validate --json`` prints it.

    ``file`` is relative to the data root; ``line`` and ``column`` count from 1, in characters.
    """

    file: str
    line: int
    column: int
    rule: str
    message: str
    hint: str
    severity: ProblemSeverity

    @property
    def is_error(self) -> bool:
        """Whether the file is refused because of it."""
        return self.severity is ProblemSeverity.ERROR
