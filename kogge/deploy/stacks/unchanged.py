"""When a stack need not run: nothing that could change it has changed since its last apply.

Four digests must agree: desired state, code, provider and the state in the backend. What somebody changed in the
cluster is not seen here; that is the nightly check's.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kogge import places
from kogge.atomic import write_atomically
from kogge.derived import Derived, Encoded
from kogge.desired import DesiredObject
from kogge.estate.estate import Estate
from kogge.places import CHECKOUT

_CODE = ("modules", "stacks", "kogge/desired", "kogge/keyring", "kogge/defaults", "kogge/clusters")


@dataclass(frozen=True, slots=True)
class Applied:
    """What the last apply of a stack was made from; SHA-256 each."""

    desired: str
    code: str
    provider: str
    state: str


def _name(value: object) -> str:
    if isinstance(value, Derived | Encoded):
        return value.marker()
    raise TypeError(f"not part of a manifest: {type(value).__name__}")


def desired_digest(items: Iterable[DesiredObject], *more: str) -> str:
    """Return a digest of desired objects (secrets by name) and of ``more`` that decides about them."""
    text = json.dumps(
        [[item.manifest, item.grant, item.removal, item.delegated_paths] for item in items] + list(more),
        default=_name,
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def code_digest() -> str:
    """Return a digest of the code that turns desired objects into resources, and of its dependencies' lock."""
    digest = hashlib.sha256()
    files = [path for folder in _CODE for path in sorted((CHECKOUT / folder).rglob("*.py"))]
    for path in (*files, CHECKOUT / "kogge/derived.py", CHECKOUT / "requirements.lock"):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def provider_digest(kubeconfigs: Iterable[Path], clusters: Iterable[str]) -> str:
    """Return a digest of what the providers are made of: their kubeconfigs by path, uid and version of the clusters."""
    return hashlib.sha256(json.dumps([[str(path) for path in kubeconfigs], list(clusters)]).encode()).hexdigest()


def _path(estate: Estate, stack: str) -> Path:
    return places.applied(estate.root) / f"{stack}.json"


def read_applied(estate: Estate, stack: str) -> Applied | None:
    """Return the record of the stack's last apply on this machine; None if there is none that can be read."""
    try:
        return Applied(**json.loads(_path(estate, stack).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_applied(estate: Estate, stack: str, applied: Applied) -> None:
    """Keep the record of an apply."""
    write_atomically(_path(estate, stack), json.dumps(asdict(applied)))
