"""A new owner gets a master key by itself; one whose stack was encrypted with another key never does."""

from __future__ import annotations

import json

import pytest

from kogge.deploy.keys import ensure_key
from kogge.deploy.stacks.environment import backend_url
from kogge.errors import KoggeError
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
