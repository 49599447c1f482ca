"""The sound estate of the corpus, and estates of a test's own: copies of it, changed where the test says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from kogge.desired import DesiredObject, spaces
from kogge.desired.kubernetes.space import TenantSpace
from kogge.estate import Estate, require_estate
from tests.support.checkout import CORPUS

BASE: Final = CORPUS / "base"
"""The six partners, four applications and the platform, without a mistake."""

AS_OF: Final = date(2026, 11, 24)
"""The day on which it has none."""


class _Quoted(yaml.SafeDumper):
    """Writes every text in quotes: the files' keys look like numbers."""


_Quoted.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@dataclass(frozen=True)
class EstateFiles:
    """A data root under a temporary directory."""

    root: Path

    @classmethod
    def base(cls, root: Path) -> EstateFiles:
        """Copy the base estate: six partners, four applications, one cluster."""
        shutil.copytree(BASE, root)
        return cls(root)

    @contextmanager
    def edit(self, file: str) -> Iterator[Any]:
        """Read a file, let the caller change what it says, and write it."""
        path = self.root / file
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield document
        path.write_text(yaml.dump(document, Dumper=_Quoted, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def load(self) -> Estate:
        """Return the estate; a wrong file fails the test with its mistakes."""
        return require_estate(self.root, as_of=AS_OF)


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace text in a file; a text that is not there would make a test prove nothing."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def space_of(estate: Estate, tenant: str, service: str) -> TenantSpace:
    """Return one space of a tenant."""
    return next(space for space in spaces(estate, estate.tenant(tenant)) if space.service.use == service)


def named(items: Iterator[DesiredObject] | tuple[DesiredObject, ...], kind: str) -> dict[str, Any]:
    """Return the manifests of one kind by name."""
    return {item.ref.name: item.manifest for item in items if item.ref.kind == kind}
