"""The doctor: looks at this machine and the clusters of ``platform.yaml``, and names the next step for what is missing.

It changes nothing, and it never stops at the first thing that is wrong.
"""

from kogge.doctor.check import Check, Section
from kogge.doctor.examination import examine
from kogge.doctor.text import as_text

__all__ = ["Check", "Section", "as_text", "examine"]
