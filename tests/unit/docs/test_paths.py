"""Every path and module of the repository that a page, a comment or a program of it names is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.checkout import CHECKOUT

PATH = re.compile(
    r"(?<![\w./<>*{}$-])"
    r"((?:bin|contrib|docs|kogge|modules|playbooks|sandbox|schemas|stacks|tests)/[\w./*-]*[\w*])"
)
"""A path from the root of the checkout; ``*`` stands for any name."""
MODULE = re.compile(r"`~?((?:kogge|modules|sandbox|stacks)(?:\.\w+)+)(?:\(\))?`")
"""A module, or a name in one, in the backticks of Markdown or a docstring."""
NOT_A_PATH = re.compile(r"kogge/v1\b")
"""How the info string of a derived secret begins."""


def files() -> list[str]:
    """Return the files of text; the corpus is samples of a data root, and .gitignore names what is made later."""
    command = [
        "git",
        "-C",
        str(CHECKOUT),
        "grep",
        "--untracked",
        "-Il",
        "",
        "--",
        ".",
        ":!tests/corpus",
        ":!.gitignore",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def dead(text: str) -> Iterator[str]:
    """Yield the paths and modules in ``text`` that do not exist."""
    for path in PATH.findall(text):
        if not NOT_A_PATH.match(path) and next(CHECKOUT.glob(path), None) is None:
            yield path
    for module in MODULE.findall(text):
        if not _is_there(module.split(".")):
            yield module


def _is_there(words: list[str]) -> bool:
    """Return whether ``words`` lead to a package, a module, or something that a module defines or imports."""
    package = CHECKOUT.joinpath(*words)
    if package.is_dir() or package.with_suffix(".py").is_file():
        return True
    for length in range(len(words) - 1, 0, -1):
        place = CHECKOUT.joinpath(*words[:length])
        for source in (place.with_suffix(".py"), place / "__init__.py"):
            if source.is_file():
                return re.search(rf"\b{words[length]}\b", source.read_text(encoding="utf-8")) is not None
    return False


def test_there_are_files_to_look_at() -> None:
    assert {"README.md", "kogge/cli/app.py", "playbooks/site.yml", "contrib/ci/gitlab-ci.yml"} <= set(files())


def test_every_path_that_is_named_exists() -> None:
    found = {file: list(dead((CHECKOUT / file).read_text(encoding="utf-8"))) for file in files()}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("word", ["kogge", "playbooks", "tests", "docs"])
def test_a_path_that_is_gone_is_noticed(word: str) -> None:
    gone = f"{word}/no/such.file"
    assert list(dead(f"see `{gone}`, and {gone}.")) == [gone, gone]


def test_a_module_that_is_gone_is_noticed() -> None:
    names = ["kogge.estate", "kogge.estate.load", "kogge.estate.load.load_estate", "kogge.estate.Estate"]
    gone = ["kogge.kube" + "api", "kogge.estate.load.nothing_of_the_kind", "kogge.cli.app.no_such"]
    assert list(dead(" ".join(f"`{name}`" for name in [*names, *gone]))) == gone
