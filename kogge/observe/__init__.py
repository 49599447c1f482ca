"""What exists: read in bulk, as the nightly identity. What it should be is no concern of this room."""

from kogge.observe.observed import Observed
from kogge.observe.reading import observe

__all__ = ["Observed", "observe"]
