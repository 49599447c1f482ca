"""The record of what was applied: to a stack, and to each role of a host. What it was made from, nothing it made.

A unit (a stack, or a role on a host) whose record equals what an apply would be made from now need not be applied.
What somebody changed in a cluster or on a host since is not seen here; that is the nightly check's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from kogge import places
from kogge.atomic import write_atomically
from kogge.derived import by_name

FORMAT: Final = 2
"""Version of the file."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What the last apply of one unit was made from."""

    desired: str
    """SHA-256 of the desired state, secrets by name and by the fingerprint of their master keys."""
    code: str
    """SHA-256 of the code that applies it (:mod:`kogge.deploy.sources`)."""
    destination: str
    """Where it went: SHA-256 of a stack's providers; the pinned ssh key of a host, another one after a new install."""
    state: str = ""
    """SHA-256 of a stack in the state backend; empty for a role."""
    owners: tuple[str, ...] = ()
    """Tenants with something in a role."""


Record = Mapping[str, Applied]
"""The units of one file: the stack alone, or the roles of a host."""


def stack_record(root: Path, stack: str) -> Path:
    """Return where the record of a stack lies."""
    return places.applied(root) / f"{stack}.json"


def host_record(root: Path, host: str) -> Path:
    """Return where the record of a host lies."""
    return places.applied(root) / "hosts" / f"{host}.json"


def read_record(path: Path) -> Record:
    """Return a record of the last applies on this machine; empty if there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("format") == FORMAT:
            return {unit: _applied(**entry) for unit, entry in found["units"].items()}
        return _first_format(path.stem, found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_record(path: Path, record: Record) -> None:
    """Keep a record."""
    units = {unit: asdict(applied) for unit, applied in record.items()}
    write_atomically(path, json.dumps({"format": FORMAT, "units": units}))


def desired_digest(*values: object) -> str:
    """Return the digest of JSON values with secrets in them, which count by their names.

    :raises TypeError: something else is among them.
    """
    return hashlib.sha256(json.dumps(by_name(values), sort_keys=True).encode()).hexdigest()


def _applied(*, desired: str, code: str, destination: str, state: str, owners: list[str]) -> Applied:
    return Applied(str(desired), str(code), str(destination), str(state), tuple(map(str, owners)))


def _first_format(stem: str, found: Mapping[str, Any]) -> Record:
    """Read what earlier versions wrote: one file format for stacks, another for hosts.

    No unit of theirs equals one of today, so each is applied once more; that a host serves somebody is not forgotten.
    """
    if "roles" in found:
        return {
            role: Applied(str(entry["digest"]), "", str(found["machine"]), owners=tuple(map(str, entry["owners"])))
            for role, entry in found["roles"].items()
        }
    desired, code, provider, state = (str(found[field]) for field in ("desired", "code", "provider", "state"))
    return {stem: Applied(desired, code, provider, state)}
