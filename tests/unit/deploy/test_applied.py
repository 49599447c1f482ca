"""One record of what was applied, for stacks and roles of hosts; what earlier versions wrote is still read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kogge.deploy.applied import (
    Applied,
    desired_digest,
    host_record,
    read_record,
    stack_record,
    write_record,
)
from kogge.derived import Derived, Purpose, plain

DATABASE = Applied("d1", "c1", "db1 ssh-ed25519 AAAA", owners=("moelln", "rostock"))
"""The record of a role on a host."""


def test_what_was_written_is_read(tmp_path: Path) -> None:
    record = {"baseline": replace(DATABASE, owners=()), "database": DATABASE}
    write_record(host_record(tmp_path, "db1"), record)
    assert read_record(host_record(tmp_path, "db1")) == record
    write_record(stack_record(tmp_path, "moelln"), {"moelln": Applied("d", "c", "p", "s")})
    assert read_record(stack_record(tmp_path, "moelln")) == {"moelln": Applied("d", "c", "p", "s")}


def test_a_tenant_that_is_called_hosts_has_a_record_of_its_own(tmp_path: Path) -> None:
    write_record(host_record(tmp_path, "db1"), {"database": DATABASE})
    write_record(stack_record(tmp_path, "hosts"), {"hosts": Applied("d", "c", "p", "s")})
    assert read_record(host_record(tmp_path, "db1")) == {"database": DATABASE}
    assert set(read_record(stack_record(tmp_path, "hosts"))) == {"hosts"}


def test_the_record_of_a_stack_as_an_earlier_version_wrote_it_makes_it_run_once(tmp_path: Path) -> None:
    path = stack_record(tmp_path, "moelln")
    path.parent.mkdir(parents=True)
    path.write_text('{"desired": "d", "code": "c", "provider": "p", "state": "s"}', encoding="utf-8")
    assert read_record(path) == {"moelln": Applied("d", "c", "p", "s")}


def test_the_record_of_a_host_as_an_earlier_version_wrote_it_still_says_whom_it_serves(tmp_path: Path) -> None:
    """Otherwise the host would count as fresh, and all hosts would be changed at once."""
    path = host_record(tmp_path, "db1")
    path.parent.mkdir(parents=True)
    roles = {"database": {"digest": "d", "owners": ["moelln", "rostock"]}}
    path.write_text(json.dumps({"machine": "db1 ssh-ed25519 AAAA", "roles": roles}), encoding="utf-8")
    found = read_record(path)["database"]
    assert (found.destination, found.owners) == (DATABASE.destination, DATABASE.owners)
    assert found.code == ""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"format": 3, "units": {}}',
        '{"format": 2}',
        '{"format": 2, "units": []}',
        '{"format": 2, "units": {"a": {"desired": "d"}}}',
        '{"format": 2, "units": {"a": {"desired": "d", "code": "c", "destination": "p", "state": "", "owners": 1}}}',
        '{"machine": "m", "roles": {"baseline": {}}}',
        '{"machine": "m", "roles": []}',
        '{"desired": "d"}',
    ],
)
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "db1.json"
    assert read_record(path) == {}
    path.write_text(content, encoding="utf-8")
    assert read_record(path) == {}


def test_secrets_count_by_name_version_and_form() -> None:
    secrets = [Derived("moelln", Purpose.SESSION_KEY, "a", version) for version in (1, 2)]
    assert len({desired_digest({"s": value}) for value in (*secrets, *map(plain, secrets))}) == 4
    assert desired_digest({"a": 1, "b": 2}) == desired_digest({"b": 2, "a": 1})
    assert desired_digest("a", "b") != desired_digest("ab")
    with pytest.raises(TypeError, match="not part of a manifest: set"):
        desired_digest({1})
