"""Whatever leaves for a terminal or a log passes the last guard, by one way."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from kogge.cli.app import app, print_error
from kogge.deploy.stacks.reasons import reason_for
from kogge.doctor import as_text
from kogge.doctor.check import Check, Section
from kogge.errors import KoggeError
from kogge.findings import Finding, FindingClass, HostRef, ObjectRef, Severity
from kogge.hostrun.events import parse_event
from kogge.visible import guarded, visible
from tests.support.checkout import CHECKOUT
from tests.support.hostile_text import HOSTILE_TEXTS, hidden, obeyed

every_text = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)

AS_IT_STANDS = {"render", "schemas", "env"}
"""Commands whose output a program reads."""

PASSED_ON = "kogge/clusters/login.py"
"""What a login program says is shown while it waits for a person; that it is guarded is tested in
``tests/unit/clusters/test_login.py``."""


def kogge(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--root", str(root), *words])


def test_there_is_one_way_out() -> None:
    ways = re.compile(r"typer\.(?:s?echo|confirm|prompt)\(|\bConsole\(|(?<![.\w])print\(|sys\.std(?:out|err)\b")
    allowed = {"kogge/cli/output.py", PASSED_ON, *(f"kogge/cli/{name}.py" for name in AS_IT_STANDS)}
    found = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "kogge").rglob("*.py")
        if ways.search(path.read_text(encoding="utf-8"))
    }
    assert found == allowed


@every_text
def test_an_error_quotes_and_is_not_obeyed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = KoggeError(f"the server says: {text}", hint=text)
    assert str(error) == error.message == guarded(f"the server says: {text}")
    print_error(error)
    shown = capsys.readouterr().err
    assert hidden(shown) <= {"\t"}
    assert obeyed(shown) == []


def test_names_and_lines_of_hostile_files_are_shown_and_not_obeyed(root: Path) -> None:
    name = "x\x1b[8m\n::error::\u202e.yaml"
    (root / "tenants" / name).write_text("stage: member\n")
    Path(os.fsdecode(os.fsencode(root / "tenants") + b"/\xff.yaml")).write_text("stage: member\n")
    (root / "tenants" / "moelln.yaml").write_text("size: \x1b[8m\u202e\u3164 # ⚠\ufe0f ##[error]\n", encoding="utf-8")
    shown = kogge(root, "validate").stdout
    assert f"tenants/{visible(name)}:1:1: the file is not read" in shown
    assert r"tenants/\udcff.yaml:1:1: the file is not read" in shown
    assert "U+3164 (hangul filler) is not allowed" in shown
    assert "FE0F" not in shown
    document = kogge(root, "validate", "--json").stdout
    assert f"tenants/{visible(name)}" in {error["file"] for error in json.loads(document)["errors"]}
    for output in (shown, document, kogge(root, "tenant", "list").output, kogge(root, "nonsense\x1b").output):
        assert hidden(output) == set()
        assert obeyed(output) == []


@every_text
def test_what_hosts_clusters_and_programs_answer_is_visible_where_it_comes_in(text: str) -> None:
    event = parse_event(json.dumps({"event": "failed", "message": text, "changes": [text], "foreign": [text]}))
    assert (event.message, event.changes, event.foreign) == (guarded(text), (visible(text),), (visible(text),))
    reason = reason_for([f"error: {text}"], "")
    assert hidden(reason.message) <= {"\t"}
    check = Check(Section.CLUSTER, "hl1", False, f"it says: {text}", "an answer", "look")
    assert check.found == guarded(f"it says: {text}")
    assert hidden(as_text([check])) <= {"\t"}


def test_the_facts_of_a_host_are_compared_as_they_are() -> None:
    assert parse_event(json.dumps({"event": "ok", "facts": {"x": "\x1b"}})).facts == {"x": "\x1b"}


def test_things_that_look_alike_are_other_findings() -> None:
    def about(where: ObjectRef | HostRef, path: str = "") -> Finding:
        return Finding(FindingClass.FOREIGN, Severity.HIGH, None, where, path, None, None)

    names = ["x", "x\u200b", "\x1b", r"\x1b", r"\x5cx1b", "\ufe0f", "\u034f", "\\"]
    ids = {about(ObjectRef("hl1", "v1", "Role", "a", name)).id for name in names}
    ids |= {about(HostRef("db1", "baseline", name)).id for name in names}
    ids |= {about(HostRef("db1", "baseline", "item"), name).id for name in names}
    assert len(ids) == 3 * len(names)
