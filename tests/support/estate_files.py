"""An estate of a test's own: the files of the corpus's base estate, changed where the test says so, and loaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kogge.desired import DesiredObject, spaces
from kogge.desired.kubernetes.space import Space
from kogge.estate import Estate, require_estate
from tests.support.base_estate import AS_OF, BASE


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


def space_of(estate: Estate, tenant: str, service: str) -> Space:
    """Return one space of a tenant."""
    return next(space for space in spaces(estate, estate.tenant(tenant)) if space.service.use == service)


def named(items: Iterator[DesiredObject] | tuple[DesiredObject, ...], kind: str) -> dict[str, Any]:
    """Return the manifests of one kind by name."""
    return {item.ref.name: item.manifest for item in items if item.ref.kind == kind}
