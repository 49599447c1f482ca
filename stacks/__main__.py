"""The program of the bare ``pulumi up``: the stack ``platform``, or the tenant of the stack's name.

Pulumi runs this file with ``stacks/`` as working directory and first on the path; the checkout goes before it. The data
root is ``KOGGE_ROOT``, which ``kogge env`` sets.
"""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:] = [str(CHECKOUT), *(entry for entry in sys.path if Path(entry).resolve() != CHECKOUT / "stacks")]

import pulumi  # noqa: E402

from kogge.errors import KoggeError  # noqa: E402
from kogge.estate import require_estate  # noqa: E402
from kogge.keyring import Keyring  # noqa: E402
from stacks.choice import program  # noqa: E402

try:
    estate = require_estate(Path(os.environ.get("KOGGE_ROOT", CHECKOUT)))
    program(pulumi.get_stack(), estate, Keyring(estate))()
except KoggeError as error:
    raise pulumi.RunError(f"{error.message}\n  next: {error.hint}" if error.hint else error.message) from error
