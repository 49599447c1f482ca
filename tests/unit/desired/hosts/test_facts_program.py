"""The program of the nightly check as one file that needs nothing but the Python of a host."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kogge.desired.hosts.facts_program import facts_program


def run(program: Path, *words: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-IBS", str(program), *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, env=environment)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "facts"
    path.write_text(facts_program(str(tmp_path / "question.json"), str(tmp_path / "database.json")), encoding="utf-8")
    return path


def test_it_brings_every_module_that_it_imports() -> None:
    text = facts_program("/q", "/d")
    brought = set(re.findall(r"^module\('ansible\.module_utils\.([a-z_]+)'", text, re.MULTILINE))
    sources = re.findall(r"^module\('\S+', r'''(.*?)'''\)$", text, re.MULTILINE | re.DOTALL)
    imported = {
        node.module.removeprefix("ansible.module_utils.")
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ansible")
    }
    assert len(sources) == len(brought) > 10
    assert imported == brought - {"facts_program"}
    assert text.startswith("#!/usr/bin/python3 -IBS\n")


def test_a_question_that_others_may_write_is_refused(program: Path, tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text("{}", encoding="utf-8")
    question.chmod(0o666)
    done = run(program)
    assert done.returncode == 1
    assert "question.json can be written by others" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file of root")
def test_a_question_behind_a_link_is_refused(program: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("{}", encoding="utf-8")
    (tmp_path / "question.json").symlink_to(tmp_path / "other")
    assert run(program).stdout.startswith('{"failed": ')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file of root")
def test_what_a_fault_read_is_not_told(program: Path, tmp_path: Path) -> None:
    (tmp_path / "question.json").write_text('["a word that stays here"]', encoding="utf-8")
    done = run(program)
    assert "stays here" not in done.stdout + done.stderr
    assert done.stdout.startswith('{"failed": ')
