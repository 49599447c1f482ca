"""The console that every table and progress line is printed on: the last guard before a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from kogge.visible import printable


def plain(text: str, style: str = "") -> Text:
    """Return text from outside for a console: no markup, no emoji by name, and measured as it will be shown.

    A bare ``Text`` would drop some control characters in silence, and a string would be read as rich's markup.
    """
    return Text(printable(text), style)


class GuardedConsole(Console):
    """A console on which text cannot be a control sequence or a command of a CI system; rich's own styles can.

    It is a class because rich asks its console for the segments of everything that is printed, also of what stands
    inside a table or is shown live: here text and style are still apart.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of something printed, each with its text guarded."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)
