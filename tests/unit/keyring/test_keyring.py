"""The keyring of one run: fills secrets in, records their digests, and refuses a key that is not the one it was."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping

import pytest

from kogge.derived import Derived, Encoded, Purpose, plain
from kogge.desired import tenant_objects
from kogge.digests import digests_path, read_digests
from kogge.keyring import KeyMissingError, KeyringError, derive
from kogge.keyring.master import master_path, read_master
from tests.support.key_safe import KeySafe

SESSION = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
DATABASE = Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe")


def walk(value: object) -> Iterator[object]:
    yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in inner:
        yield from walk(item)


@pytest.fixture
def made(safe: KeySafe) -> KeySafe:
    """The same, with a master key of moelln."""
    safe.keyring().create("moelln", has_stack=False)
    return safe


def test_a_key_is_made_for_an_owner_without_a_stack_alone(safe: KeySafe) -> None:
    with pytest.raises(KeyringError, match="moelln has a stack but no master key") as refused:
        safe.keyring().create("moelln", has_stack=True)
    assert "restore" in str(refused.value.hint)
    assert not safe.keyring().has("moelln")
    safe.keyring().create("moelln", has_stack=False)
    assert safe.keyring().has("moelln")


def test_a_secret_follows_from_the_owners_own_key(made: KeySafe) -> None:
    master = read_master(made.directory, "moelln", [made.online])
    assert made.keyring().derive(SESSION) == derive(master, SESSION)
    with pytest.raises(KeyMissingError, match="rostock has no master key"):
        made.keyring().derive(Derived("rostock", Purpose.SESSION_KEY, "terminvergabe"))


def test_what_was_just_made_is_what_the_next_run_reads(safe: KeySafe) -> None:
    keyring = safe.keyring()
    keyring.create("moelln", has_stack=False)
    assert keyring.derive(SESSION) == safe.keyring().derive(SESSION)


def test_every_name_in_a_manifest_becomes_its_secret_and_the_manifest_stays(made: KeySafe) -> None:
    keyring = made.keyring()
    document = {"a": {"b": [SESSION, {"c": (plain(DATABASE), "text")}]}, "n": 3}
    filled = keyring.fill(document)
    encoded = base64.b64encode(keyring.derive(DATABASE).encode()).decode()
    assert filled == {"a": {"b": [keyring.derive(SESSION), {"c": [encoded, "text"]}]}, "n": 3}
    assert document["a"]["b"][0] == SESSION  # type: ignore[index]  # the caller's manifest is its own


def test_no_name_is_left_in_any_object_of_a_tenant(made: KeySafe) -> None:
    keyring = made.keyring()
    for item in tenant_objects(made.estate, made.estate.tenant("moelln")):
        filled = keyring.fill(item.manifest)
        assert not [value for value in walk(filled) if isinstance(value, Derived | Encoded)], item.ref
        json.dumps(filled)


def test_the_registry_account_is_json_with_the_derived_password(made: KeySafe) -> None:
    keyring = made.keyring()
    [secret] = [i for i in tenant_objects(made.estate, made.estate.tenant("moelln")) if i.ref.name == "registry"]
    data = keyring.fill(secret.manifest)["data"][".dockerconfigjson"]
    password = keyring.derive(Derived("moelln", Purpose.REGISTRY_PASSWORD, ""))
    assert json.loads(base64.b64decode(data, validate=True)) == {
        "auths": {"registry.kommune.example": {"username": "moelln", "password": password}}
    }


def test_digests_are_of_the_text_that_a_secret_holds(made: KeySafe) -> None:
    keyring = made.keyring()
    keyring.record("moelln", [plain(SESSION), DATABASE, Encoded("x={}", (SESSION,), label="pair")])
    found = read_digests(made.directory, "moelln")
    assert found is not None
    session, database = keyring.derive(SESSION), keyring.derive(DATABASE)
    assert found.values == {
        "session-key/terminvergabe/1": hashlib.sha256(session.encode()).hexdigest(),
        "database-password/terminvergabe/1": hashlib.sha256(database.encode()).hexdigest(),
        "pair:session-key/terminvergabe/1": hashlib.sha256(f"x={session}".encode()).hexdigest(),
    }
    assert found.fingerprint == keyring.fingerprint("moelln")
    text = digests_path(made.directory, "moelln").read_text(encoding="utf-8")
    assert session not in text
    assert database not in text


def test_the_same_digests_are_not_written_again(made: KeySafe) -> None:
    made.keyring().record("moelln", [SESSION])
    path = digests_path(made.directory, "moelln")
    before = path.stat().st_ino
    made.keyring().record("moelln", [SESSION])
    assert path.stat().st_ino == before
    made.keyring().record("moelln", [SESSION, DATABASE])
    assert path.stat().st_ino != before


def test_another_key_than_the_recorded_one_is_refused_and_nothing_is_recorded(made: KeySafe) -> None:
    made.keyring().record("moelln", [SESSION])
    recorded = digests_path(made.directory, "moelln").read_bytes()
    age_file = master_path(made.directory, "moelln")
    made.keyring().create("rostock", has_stack=False)
    age_file.write_bytes(master_path(made.directory, "rostock").read_bytes())
    for use in (
        lambda k: k.derive(SESSION),
        lambda k: k.record("moelln", [SESSION]),
        lambda k: k.fingerprint("moelln"),
    ):
        with pytest.raises(KeyringError, match="is not the one its secrets were made with"):
            use(made.keyring())
    assert digests_path(made.directory, "moelln").read_bytes() == recorded
