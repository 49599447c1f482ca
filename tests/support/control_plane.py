"""A control plane that runs while a test does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.controlplane.down import down
from sandbox.controlplane.state import State
from sandbox.controlplane.up import up
from tests.support.checkout import CHECKOUT


@contextmanager
def control_plane(directory: Path) -> Iterator[State]:
    """Start one whose state is in ``directory``; with the block it is gone, data and all."""
    state = State(directory)
    up(state, CHECKOUT)
    try:
        yield state
    finally:
        down(state)
