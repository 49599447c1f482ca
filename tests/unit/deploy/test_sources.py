"""What decides about skipping is found by following imports: nothing that is used is missed, nothing else counts."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from kogge.deploy.sources import (
    ROLE_ENTRIES,
    STACK_ENTRIES,
    imports,
    modules_of,
    reached,
    role_code,
    role_files,
    stack_code,
)
from tests.support.checkout import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code that a test may change."""
    for name in ("kogge", "modules", "stacks", "playbooks"):
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "requirements.lock", tmp_path)
    return tmp_path


def changed(path: Path) -> None:
    """Append a line that is a comment in Python, YAML and INI alike."""
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")


def fresh_stack_code(checkout: Path) -> str:
    stack_code.cache_clear()
    return stack_code(checkout)


def fresh_role_code(role: str, checkout: Path) -> str:
    role_code.cache_clear()
    return role_code(role, checkout)


def imported_by_the_parser(path: Path) -> set[str]:
    """Return what a module imports, as Python's own parser sees it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_import_that_the_parser_sees_is_followed() -> None:
    for folder in ("kogge", "modules", "stacks", "playbooks/library", "playbooks/module_utils"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            missed = imported_by_the_parser(path) - set(imports(path.read_text(encoding="utf-8")))
            assert not missed, path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a, b.c as d", {"a", "b.c"}),
        ("from a.b import c, d as e", {"a.b", "a.b.c", "a.b.d"}),
        ("from a import (\n    b,\n    c,  # why\n)\nimport d", {"a", "a.b", "a.c", "d"}),
        ("def f():\n    from a import b\n", {"a", "a.b"}),
        ("importer = 1\nfrom_a = 2\n", set()),
    ],
)
def test_imports_in_all_their_forms(text: str, names: set[str]) -> None:
    assert names <= set(imports(text))
    if not names:
        assert set(imports(text)) == set()


@pytest.mark.parametrize(
    "file",
    [
        "stacks/tenant_stack.py",
        "modules/space.py",
        "modules/registration.py",
        "kogge/desired/kubernetes/network.py",
        "kogge/derived.py",
        "kogge/keyring/derivation.py",
        "kogge/estate/models/tenant.py",
        "kogge/defaults/shape.py",
        "requirements.lock",
    ],
)
def test_a_change_of_a_file_that_an_apply_of_a_stack_uses_changes_the_digest(checkout: Path, file: str) -> None:
    before = fresh_stack_code(checkout)
    assert before == fresh_stack_code(checkout)
    changed(checkout / file)
    assert fresh_stack_code(checkout) != before


@pytest.mark.parametrize(
    "file", ["kogge/cli/up.py", "kogge/drift/hosts/compare.py", "kogge/report/page.py", "playbooks/baseline.yml"]
)
def test_a_change_of_a_file_that_no_apply_of_a_stack_uses_does_not(checkout: Path, file: str) -> None:
    before = fresh_stack_code(checkout)
    changed(checkout / file)
    assert fresh_stack_code(checkout) == before


def test_a_module_counts_from_the_import_that_reaches_it_on(checkout: Path) -> None:
    new = checkout / "kogge" / "new_rule.py"
    new.write_text("LIMIT = 1\n", encoding="utf-8")
    before = fresh_stack_code(checkout)
    changed(new)
    assert fresh_stack_code(checkout) == before
    space = checkout / "modules" / "space.py"
    space.write_text(f"from kogge.new_rule import LIMIT\n{space.read_text(encoding='utf-8')}", encoding="utf-8")
    reached_now = fresh_stack_code(checkout)
    assert reached_now != before
    changed(new)
    assert fresh_stack_code(checkout) != reached_now


def test_an_entry_that_was_renamed_is_said_and_not_left_out() -> None:
    with pytest.raises(LookupError, match=r"no module stacks\.gone"):
        reached(["stacks.gone"], modules_of(CHECKOUT))
    for entry in (*STACK_ENTRIES, *ROLE_ENTRIES):
        assert reached([entry], modules_of(CHECKOUT))


@pytest.mark.parametrize(
    "file",
    [
        "playbooks/ansible.cfg",
        "playbooks/database.yml",
        "playbooks/roles/database/tasks/main.yml",
        "playbooks/library/postgresql_estate.py",
        "playbooks/module_utils/postgresql_fence.py",
        "kogge/scram.py",
    ],
)
def test_a_change_of_what_a_role_uses_changes_its_digest(checkout: Path, file: str) -> None:
    before = fresh_role_code("database", checkout)
    changed(checkout / file)
    assert fresh_role_code("database", checkout) != before


@pytest.mark.parametrize(
    "file",
    [
        "playbooks/baseline.yml",
        "playbooks/roles/baseline/tasks/main.yml",
        "playbooks/library/guarded_config.py",
        "playbooks/module_utils/packet_filter.py",
        "playbooks/module_utils/host_reading.py",
        "kogge/hostrun/run.py",
    ],
)
def test_a_change_of_what_a_role_does_not_use_does_not(checkout: Path, file: str) -> None:
    before = fresh_role_code("database", checkout)
    changed(checkout / file)
    assert fresh_role_code("database", checkout) == before


@pytest.mark.parametrize("how", ["import_role:\n    name: extra", "include_role: {name: extra}"])
def test_a_role_that_a_role_brings_in_counts_too(checkout: Path, how: str) -> None:
    tasks = checkout / "playbooks/roles/database/tasks/main.yml"
    tasks.write_text(f"{tasks.read_text(encoding='utf-8')}\n- name: More\n  ansible.builtin.{how}\n", encoding="utf-8")
    extra = checkout / "playbooks/roles" / "extra/tasks/main.yml"
    extra.parent.mkdir(parents=True)
    extra.write_text("- name: Set\n  kernel_settings: {settings: {}}\n", encoding="utf-8")
    (extra.parents[1] / "files").mkdir()
    (extra.parents[1] / "files/logo.bin").write_bytes(b"\xff\x00\xfe")
    found = {str(path.relative_to(checkout / "playbooks")) for path in role_files("database", checkout)}
    assert {"roles/extra/tasks/main.yml", "roles/extra/files/logo.bin", "library/kernel_settings.py"} <= found
    assert "module_utils/sysctl.py" in found
    assert fresh_role_code("database", checkout)
