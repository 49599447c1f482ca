"""A new owner gets a master key by itself; one whose stack was encrypted with another key never does."""

from __future__ import annotations

import json

import pytest

from kogge.deploy.keys import ensure_key, new_key, owners
from kogge.deploy.stacks.environment import backend_url
from kogge.derived import Derived, Purpose
from kogge.errors import KoggeError, UsageError
from kogge.keyring import OwnerKey, owner_keys
from tests.support.key_safe import KeySafe


def test_an_owner_without_a_key_gets_one_and_keeps_it(safe: KeySafe) -> None:
    keyring = safe.keyring()
    assert ensure_key(safe.estate, keyring, "moelln")
    fingerprint = keyring.fingerprint("moelln")
    assert not ensure_key(safe.estate, keyring, "moelln")
    assert safe.keyring().fingerprint("moelln") == fingerprint


def test_an_owner_that_has_a_stack_gets_no_new_key(safe: KeySafe) -> None:
    state = safe.estate.path(backend_url(safe.estate).removeprefix("file://")) / ".pulumi/stacks/kogge/moelln.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": []}}}), encoding="utf-8")
    with pytest.raises(KoggeError, match="moelln has a stack but no master key"):
        ensure_key(safe.estate, safe.keyring(), "moelln")
    assert not safe.keyring().has("moelln")


def test_a_key_is_made_by_hand_once_and_for_known_owners_only(safe: KeySafe) -> None:
    assert new_key(safe.estate, "moelln") == safe.keyring().fingerprint("moelln")
    with pytest.raises(KoggeError, match="moelln has a master key already"):
        new_key(safe.estate, "moelln")
    with pytest.raises(UsageError, match="no such tenant: ratzeburg"):
        new_key(safe.estate, "ratzeburg")


def test_every_owner_is_listed_with_what_is_known_of_its_key(safe: KeySafe) -> None:
    fingerprint = new_key(safe.estate, "moelln")
    safe.keyring().record("moelln", [Derived("moelln", Purpose.BACKUP_PASSWORD, "")])
    found = {row.owner: row for row in owner_keys(safe.estate, safe.keyring(), owners(safe.estate))}
    assert list(found) == ["platform", *sorted(safe.estate.tenants)]
    assert found["moelln"] == OwnerKey("moelln", key=True, fingerprint=fingerprint, derived=1)
    assert found["rostock"] == OwnerKey("rostock", key=False, fingerprint="", derived=0)
