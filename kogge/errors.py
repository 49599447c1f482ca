"""The errors a caller can do something about.

Only the base and its direct, room-independent subclasses live here. A room that has an error of
its own derives it from :class:`KoggeError` in that room.
"""

from __future__ import annotations

from enum import IntEnum

from kogge.visible import guarded


class ExitCode(IntEnum):
    """Exit codes of every command."""

    CLEAN = 0
    FAILED = 1
    INVALID = 2
    DRIFT = 3
    INCOMPLETE = 4


class KoggeError(Exception):
    """Something went wrong that the user can act on.

    ``message`` says what happened and to what; ``hint`` is the next step. The command line
    prints both and no traceback. Both may quote a cluster, a host or a file: hidden characters become escapes.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        message = guarded(message)
        super().__init__(message)
        self.message = message
        self.hint = None if hint is None else guarded(hint)


class UsageError(KoggeError):
    """The command was called in a way that cannot work; nothing was done."""

    exit_code = ExitCode.INVALID
