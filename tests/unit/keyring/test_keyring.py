"""The keyring of one run: fills secrets in, records their digests, and refuses a key that is not the one it was."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kogge.derived import Derived, Encoded, Purpose, plain, verifier_of
from kogge.desired import tenant_objects
from kogge.digests import digests_path
from kogge.keyring import KeyMissingError, KeyringError, derive
from kogge.keyring.master import read_master
from kogge.scram import salt_of, verifier
from kogge.trust import master_path, trusted_digests
from tests.support.checkout import CHECKOUT
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
    """The same, with a master key of moelln, and the platform's."""
    safe.make("platform", "moelln")
    return safe


def test_a_key_is_made_for_an_owner_without_a_stack_alone(safe: KeySafe) -> None:
    with pytest.raises(KeyringError, match="moelln has a stack but no master key") as refused:
        safe.keyring().create("moelln", has_stack=True)
    assert "restore" in str(refused.value.hint)
    assert not safe.keyring().has("moelln")
    safe.make("platform", "moelln")
    assert safe.keyring().has("moelln")


def test_a_secret_follows_from_the_owners_own_key(made: KeySafe) -> None:
    master = read_master(made.directory, "moelln", [made.online])
    assert made.keyring().derive(SESSION) == derive(master, SESSION)
    with pytest.raises(KeyMissingError, match="rostock has no master key"):
        made.keyring().derive(Derived("rostock", Purpose.SESSION_KEY, "terminvergabe"))


def test_what_was_just_made_is_what_the_next_run_reads(safe: KeySafe) -> None:
    safe.make("platform")
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
    password = keyring.derive(Derived("moelln", Purpose.REGISTRY_PASSWORD, "registry.kommune.example"))
    assert json.loads(base64.b64decode(data, validate=True)) == {
        "auths": {"registry.kommune.example": {"username": "moelln", "password": password}}
    }


def test_digests_are_of_the_text_that_a_secret_holds(made: KeySafe) -> None:
    keyring = made.keyring()
    keyring.record("moelln", [plain(SESSION), DATABASE, Encoded("x={}", (SESSION,), label="pair")])
    found = trusted_digests(made.estate, "moelln")
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


def test_of_processes_that_make_one_key_at_once_one_does_and_all_read_the_same(safe: KeySafe) -> None:
    """The platform's key too, which all of them need first."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from kogge.deploy.keys import ensure_key\n"
        "from kogge.errors import KoggeError\n"
        "from kogge.estate import require_estate\n"
        "from kogge.keyring import Keyring\n"
        "estate = require_estate(Path(sys.argv[1]))\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    ensure_key(estate, Keyring(estate), 'moelln')\n"
        "except KoggeError as error:\n"
        "    print(error.message)\n"
        "    ensure_key(estate, Keyring(estate), 'moelln')\n"
        "print(Keyring(estate).fingerprint('moelln'))\n"
    )
    words = [sys.executable, "-c", script, str(safe.estate.root)]
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": CHECKOUT}
    runs = [subprocess.Popen(words, **options) for _ in range(4)]
    told = [run.communicate("now\n", timeout=60)[0].splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0] * 4
    assert {lines[-1] for lines in told} == {safe.keyring().fingerprint("moelln")}
    assert all("has a master key already" in line for lines in told for line in lines[:-1])
    assert sorted(path.name for path in safe.directory.iterdir()) == [
        f"{owner}.{kind}" for owner in ("moelln", "platform") for kind in ("age", "digests")
    ]


def test_what_postgresql_keeps_of_a_password_has_a_digest_as_a_whole(made: KeySafe) -> None:
    keyring = made.keyring()
    role = verifier_of("moelln", "terminvergabe")
    keyring.record("moelln", [role])
    found = trusted_digests(made.estate, "moelln")
    assert found is not None
    text = verifier(keyring.derive(role.password), salt_of(keyring.derive(role.salt)))
    assert found.values == {"scram-verifier/terminvergabe/1": hashlib.sha256(text.encode()).hexdigest()}
