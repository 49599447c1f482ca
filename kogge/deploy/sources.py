"""Which files of this checkout decide what an apply does: found by following imports, never listed by hand.

Their digest is part of the record of an apply. What the files of the estate say is digested as what they lead to, and
does not belong here.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from kogge.places import CHECKOUT

STACK_ENTRIES: Final = ("stacks.choice", "kogge.defaults.learning")
"""Where an apply of a stack begins: the program, and what is learned of the server."""
ROLE_ENTRIES: Final = ("kogge.scram",)
"""What fills the secrets into the document of a role."""

_PACKAGES: Final = frozenset({"kogge", "modules", "stacks"})
_MODULE_UTILS: Final = "ansible.module_utils."
_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
_ROLE: Final = re.compile(r"\b(?:\w+_)?role:\s*(?:\{?\s*name:\s*)?([\w-]+)")
"""``- role: x`` of a playbook or of dependencies, ``import_role`` and ``include_role`` with their ``name``."""
_WORD: Final = re.compile(r"\w+")


@functools.cache
def stack_code(checkout: Path = CHECKOUT) -> str:
    """Return a digest of the code that turns desired objects into resources, and of its dependencies' lock."""
    lock = checkout / "requirements.lock"
    return _digest(checkout, reached(STACK_ENTRIES, modules_of(checkout)) | {lock: _text(lock)})


@functools.cache
def role_code(role: str, checkout: Path = CHECKOUT) -> str:
    """Return a digest of what a role of hosts runs with: playbook, roles, modules, and what fills in its document."""
    return _digest(checkout, role_files(role, checkout) | reached(ROLE_ENTRIES, modules_of(checkout)))


def role_files(role: str, checkout: Path) -> dict[Path, str]:
    """Return the files below ``playbooks/`` that the playbook of a role uses, with their text.

    A module counts as used when its name stands anywhere in the playbook or its roles: one too many costs a run, one
    too few would skip a change.
    """
    playbooks = checkout / "playbooks"
    found = {path: _text(path) for path in (playbooks / "ansible.cfg", playbooks / f"{role}.yml")}
    todo = list(found.values())
    while todo:
        for name in _ROLE.findall(todo.pop()):
            new = {path: _text(path) for path in _files(playbooks / "roles" / name) if path not in found}
            found |= new
            todo += new.values()
    words = {word for text in found.values() for word in _WORD.findall(text)}
    library = {path.stem: path for path in sorted((playbooks / "library").glob("*.py"))}

    def module(name: str) -> Path | None:
        if name.startswith(_MODULE_UTILS):
            path = playbooks / "module_utils" / f"{name.removeprefix(_MODULE_UTILS)}.py"
            return path if path.is_file() else None
        return library.get(name)

    return found | reached(sorted(words & library.keys()), module)


def reached(entries: Iterable[str], find: Callable[[str], Path | None]) -> dict[Path, str]:
    """Return every file reached by imports from ``entries``, with its text; ``find`` knows where a module lies.

    A package's own file counts when something is imported from it, not when it only stands above a module.

    :raises LookupError: there is no module of an entry's name.
    """
    found: dict[Path, str] = {}
    todo = list(entries)
    for entry in todo:
        if find(entry) is None:
            raise LookupError(f"no module {entry}")
    seen = set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        path = find(name)
        if path is not None and path not in found:
            found[path] = _text(path)
            todo += imports(found[path])
    return found


def imports(text: str) -> Iterator[str]:
    """Yield the names that a module's text imports, at any depth; of ``from a import b`` both ``a`` and ``a.b``.

    A line of a docstring that looks like an import counts, too. Parsing would cost a tenth of a second per run.
    """
    for source, names, plain in _IMPORT.findall(text):
        if plain:
            yield from (part.split()[0] for part in plain.split(",") if part.strip())
        else:
            yield source
            yield from (f"{source}.{name}" for name in _WORD.findall(names))


def modules_of(checkout: Path) -> Callable[[str], Path | None]:
    """Return what finds the modules of a checkout."""

    def find(name: str) -> Path | None:
        first, *_ = parts = name.split(".")
        if first not in _PACKAGES:
            return None
        place = checkout.joinpath(*parts)
        return next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)

    return find


def _files(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def _text(path: Path) -> str:
    """Return a file's text; a role may hold files that are none."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _digest(checkout: Path, files: Mapping[Path, str]) -> str:
    digest = hashlib.sha256()
    for path, text in sorted(files.items()):
        digest.update(str(path.relative_to(checkout)).encode() + b"\0" + text.encode(errors="surrogateescape"))
    return digest.hexdigest()
