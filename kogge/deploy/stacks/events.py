"""What Pulumi's engine says while it runs, gathered per stack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pulumi.automation import EngineEvent

from kogge.deploy.outcome import ResourceChange
from kogge.visible import guarded, visible

QUIET = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""


def describe(urn: str) -> str:
    """Return kind and name out of a URN: ``NetworkPolicy moelln--terminvergabe/default-deny``."""
    *_, types, name = urn.split("::")
    return guarded(f"{types.rsplit(':', 1)[-1]} {name}")


@dataclass(slots=True)
class Events:
    """Collects the events of one run; mutable, for the engine calls it back."""

    on_step: Callable[[str], None]
    """Told what is being done, for a progress line."""
    counts: Counter[str] = field(default_factory=Counter)
    changes: list[ResourceChange] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: EngineEvent) -> None:
        """Take one event."""
        if event.resource_pre_event is not None:
            metadata = event.resource_pre_event.metadata
            operation = str(getattr(metadata.op, "value", metadata.op))
            if operation not in QUIET:
                fields = tuple(visible(name) for name in sorted(metadata.detailed_diff or metadata.diffs or ()))
                self.changes.append(ResourceChange(operation, describe(metadata.urn), fields))
                self.on_step(f"{operation} {describe(metadata.urn)}")
        elif event.summary_event is not None:
            changes = event.summary_event.resource_changes
            self.counts = Counter({str(getattr(op, "value", op)): n for op, n in changes.items()})
            for operation in QUIET:
                self.counts.pop(operation, None)
        elif event.diagnostic_event is not None and event.diagnostic_event.severity == "error":
            where = event.diagnostic_event.urn
            text = event.diagnostic_event.message.strip()
            if text != "update failed":
                self.errors.append(f"{describe(where)}: {text}" if where else text)
