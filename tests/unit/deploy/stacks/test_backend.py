"""The state of a stack is read where it lies, and a damaged one is told from none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from kogge.deploy.stacks.backend import Backend, StateDamagedError
from kogge.estate import Estate
from tests.support.estate_files import EstateFiles

SPACE = "urn:pulumi:moelln::kogge::kogge:index:Space::moelln--terminvergabe"
NAMESPACE = "urn:pulumi:moelln::kogge::kogge:index:Space$kubernetes:core/v1:Namespace::moelln--terminvergabe"
SECRET = "urn:pulumi:moelln::kogge::kogge:index:Space$kubernetes:core/v1:Secret::moelln--terminvergabe/secrets"


def checkpoint(*resources: dict[str, Any], pending: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Return a stored state in the form in which the CLI writes it."""
    latest = {
        "resources": list(resources),
        "pending_operations": [{"resource": {"urn": urn}, "type": kind} for urn, kind in pending],
    }
    return json.dumps({"version": 3, "checkpoint": {"stack": "moelln", "latest": latest}}).encode()


@pytest.fixture
def estate(files: EstateFiles) -> Estate:
    return files.load()


def stored(estate: Estate, name: str) -> Path:
    path = estate.path(estate.platform.state.backend.removeprefix("file://")) / ".pulumi/stacks/kogge" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_a_stack_that_was_never_made_has_no_state(estate: Estate) -> None:
    assert Backend(estate).read("moelln") is None


def test_components_and_protected_resources_are_told_by_name(estate: Estate) -> None:
    stored(estate, "moelln.json").write_bytes(
        checkpoint({"urn": SPACE}, {"urn": NAMESPACE, "protect": True}, {"urn": SECRET, "protect": False})
    )
    found = Backend(estate).read("moelln")
    assert found is not None
    assert found.resources == (SPACE, NAMESPACE, SECRET)
    assert found.protected == (NAMESPACE,)
    assert found.of_type("kogge:index:Space") == ("moelln--terminvergabe",)
    assert found.of_type("kubernetes:core/v1:Secret") == ("moelln--terminvergabe/secrets",)
    assert found.of_type("kogge:index:Grant") == ()


def test_of_what_a_killed_run_left_only_what_it_was_making_is_pending(estate: Estate) -> None:
    stored(estate, "moelln.json").write_bytes(checkpoint(pending=((SECRET, "creating"), (NAMESPACE, "updating"))))
    found = Backend(estate).read("moelln")
    assert found is not None
    assert found.pending_creates == (SECRET,)


def test_a_stack_that_is_there_and_empty_has_a_state(estate: Estate) -> None:
    stored(estate, "moelln.json").write_bytes(json.dumps({"checkpoint": {"latest": None}}).encode())
    found = Backend(estate).read("moelln")
    assert found is not None
    assert found.resources == ()


def test_a_compressed_state_is_the_same_state(estate: Estate) -> None:
    stored(estate, "moelln.json.gz").write_bytes(gzip.compress(checkpoint({"urn": SPACE})))
    found = Backend(estate).read("moelln")
    assert found is not None
    assert found.resources == (SPACE,)


def test_every_change_of_the_state_changes_its_digest(estate: Estate) -> None:
    path = stored(estate, "moelln.json")
    digests = set()
    for resources in ([], [{"urn": SPACE}], [{"urn": SPACE, "inputs": {"a": 1}}]):
        path.write_bytes(checkpoint(*resources))
        found = Backend(estate).read("moelln")
        assert found is not None
        digests.add(found.digest)
    assert len(digests) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        checkpoint({"urn": SPACE})[:-10],
        b"[]",
        b"{}",
        b'{"checkpoint": null}',
        b'{"checkpoint": []}',
        b'{"checkpoint": {"latest": {"resources": [{}]}}}',
        b'{"checkpoint": {"latest": {"resources": {"a": 1}}}}',
        b'{"checkpoint": {"latest": {"pending_operations": [{}]}}}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_state_is_no_state_that_is_empty_and_names_the_backups(estate: Estate, content: bytes) -> None:
    stored(estate, "moelln.json").write_bytes(content)
    with pytest.raises(StateDamagedError, match="the state of moelln is damaged") as damaged:
        Backend(estate).read("moelln")
    assert ".pulumi/backups/kogge/moelln" in str(damaged.value.hint)


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(checkpoint(), mtime=0)[:-5]], ids=["no gzip", "cut off"])
def test_a_damaged_compressed_state_is_named_too(estate: Estate, content: bytes) -> None:
    stored(estate, "moelln.json.gz").write_bytes(content)
    with pytest.raises(StateDamagedError, match="is damaged"):
        Backend(estate).read("moelln")


def test_a_state_that_cannot_be_read_is_named(estate: Estate) -> None:
    stored(estate, "moelln.json").mkdir()
    with pytest.raises(StateDamagedError, match="cannot be read"):
        Backend(estate).read("moelln")
