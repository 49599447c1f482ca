"""The read-only program of the nightly check as one file: the modules that it needs, out of ``playbooks``.

Belongs here: how the file is made. What it reads is in ``playbooks/module_utils/facts_program.py`` and what that
imports; where it lies and who may start it is in ``nightly``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from kogge.places import PLAYBOOKS

_PREFIX: Final = "ansible.module_utils."
_MAIN: Final = "facts_program"
_HEAD: Final = '''\
#!/usr/bin/python3 -IBS
"""What this host runs, as JSON: the one program of the nightly check. Made by Kogge, put here by `kogge up`."""

import sys
import types


def module(name, source):
    """Make a module out of its text, so that nothing is imported from a place that somebody else may write."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    exec(compile(source, name, "exec"), made.__dict__)


'''
"""Isolated, without bytecode and without site packages: neither the environment nor the current directory counts."""


@cache
def facts_program(*questions: str) -> str:
    """Return the text of the program that answers what stands in the files ``questions``: of the host, of PostgreSQL.

    It is code of Kogge, as constant as this module, and the same on every host.

    :raises ValueError: a module needs something that the host does not have, or cannot be written down as it is.
    """
    parts = [_part(name, source) for name, source in _modules(_MAIN, PLAYBOOKS / "module_utils", {})]
    return f"{_HEAD}{''.join(parts)}sys.modules[{_PREFIX + _MAIN!r}].main{questions!r}\n"


def _modules(name: str, directory: Path, done: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield name and source of what a module imports, then of itself."""
    source = (directory / f"{name}.py").read_text(encoding="utf-8")
    done[name] = source
    for needed in _imported(name, source):
        if needed not in done:
            yield from _modules(needed, directory, done)
    yield name, source


def _imported(name: str, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ansible"):
            if not node.module.startswith(_PREFIX) or node.module.count(".") != 2 or node.module.endswith(".basic"):
                raise ValueError(f"{name} needs {node.module}, which no host has")
            yield node.module.removeprefix(_PREFIX)


def _part(name: str, source: str) -> str:
    if "'''" in source:
        raise ValueError(f"{name} holds three single quotes, which end its text")
    return f"module({_PREFIX + name!r}, r'''{source}''')\n\n\n"
