"""A master key is made once, for two readers, and what cannot be read is said with the next step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pyrage
import pytest

from kogge.keyring import KeyMissingError, KeyringError, KeyUnreadableError
from kogge.keyring.master import create_master, new_master, read_identities, read_master, recipients
from kogge.trust import master_path
from tests.support.key_safe import KeySafe
from tests.support.key_safe import recipients as listed


def write_recipients(safe: KeySafe, text: str) -> None:
    assert safe.estate.platform.keys.recipients_file is not None
    safe.estate.path(safe.estate.platform.keys.recipients_file).write_text(text, encoding="utf-8")


def create(safe: KeySafe, owner: str = "moelln") -> bytes:
    create_master(safe.directory, owner, master := new_master(), recipients(safe.estate))
    return master


def test_either_recipient_alone_opens_the_age_file(safe: KeySafe) -> None:
    made = create(safe)
    assert len(made) == 32
    assert read_master(safe.directory, "moelln", [safe.online]) == made
    assert read_master(safe.directory, "moelln", [safe.offline]) == made


def test_nobody_else_opens_it(safe: KeySafe) -> None:
    create(safe)
    with pytest.raises(KeyUnreadableError, match="cannot be decrypted with the identity of this machine"):
        read_master(safe.directory, "moelln", [pyrage.x25519.Identity.generate()])


def test_two_owners_have_different_keys(safe: KeySafe) -> None:
    assert create(safe) != create(safe, "rostock")


def test_a_key_that_exists_is_never_overwritten(safe: KeySafe) -> None:
    create(safe)
    before = master_path(safe.directory, "moelln").read_bytes()
    with pytest.raises(KeyringError, match="has a master key already"):
        create(safe)
    assert master_path(safe.directory, "moelln").read_bytes() == before


def test_of_many_that_make_the_key_at_once_one_does(safe: KeySafe) -> None:
    to, start = recipients(safe.estate), threading.Barrier(8)

    def one() -> bytes | None:
        start.wait()
        try:
            create_master(safe.directory, "moelln", master := new_master(), to)
        except KeyringError:
            return None
        return master

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(one) for _ in range(8)]
    made = [master for future in futures if (master := future.result()) is not None]
    assert made == [read_master(safe.directory, "moelln", [safe.online])]
    assert [path.name for path in safe.directory.iterdir()] == ["moelln.age"]


def test_nothing_but_the_age_file_is_left_behind(safe: KeySafe) -> None:
    create(safe)
    with pytest.raises(KeyringError):
        create(safe)
    assert [path.name for path in safe.directory.iterdir()] == ["moelln.age"]


def test_a_missing_key_is_told_from_an_unreadable_one(safe: KeySafe) -> None:
    with pytest.raises(KeyMissingError, match="moelln has no master key") as missing:
        read_master(safe.directory, "moelln", [safe.online])
    assert missing.value.hint == "kogge keys new moelln"


@pytest.mark.parametrize("content", [b"", b"no age file", b"age-encryption.org/v1\n"])
def test_a_damaged_file_is_unreadable(safe: KeySafe, content: bytes) -> None:
    safe.directory.mkdir(parents=True)
    master_path(safe.directory, "moelln").write_bytes(content)
    with pytest.raises(KeyUnreadableError, match="cannot be decrypted"):
        read_master(safe.directory, "moelln", [safe.online])


def test_a_directory_in_its_place_is_unreadable(safe: KeySafe) -> None:
    master_path(safe.directory, "moelln").mkdir(parents=True)
    with pytest.raises(KeyUnreadableError, match="cannot be read"):
        read_master(safe.directory, "moelln", [safe.online])


def test_a_key_of_another_length_is_not_used(safe: KeySafe) -> None:
    safe.directory.mkdir(parents=True)
    master_path(safe.directory, "moelln").write_bytes(pyrage.encrypt(b"short", [safe.online.to_public()]))
    with pytest.raises(KeyUnreadableError, match="holds 5 bytes, a master key has 32"):
        read_master(safe.directory, "moelln", [safe.online])


def test_one_reader_is_not_enough_and_one_of_them_is_offline(safe: KeySafe) -> None:
    for text in (
        listed(safe.offline),
        listed(safe.online, safe.offline, offline=False),
        listed(safe.offline, safe.offline),
    ):
        write_recipients(safe, text)
        with pytest.raises(KeyringError, match="at least two recipients, one of them offline"):
            recipients(safe.estate)


@pytest.mark.parametrize("text", ["{", "- {name: a}", "3", "- {name: a, recipient: age1x}"])
def test_a_list_of_recipients_that_is_none_is_named(safe: KeySafe, text: str) -> None:
    write_recipients(safe, text)
    with pytest.raises(KeyringError, match="no list of age recipients"):
        recipients(safe.estate)


def test_a_recipient_with_a_mistyped_character_is_named(safe: KeySafe) -> None:
    text = listed(safe.online, safe.offline)
    key = str(safe.online.to_public())
    write_recipients(safe, text.replace(key, key[:-1] + ("q" if key[-1] != "q" else "p")))
    with pytest.raises(KeyringError, match="the recipient 'r0' has a damaged age key"):
        create(safe)
    assert not master_path(safe.directory, "moelln").exists()


def test_the_environment_names_another_identity(safe: KeySafe, monkeypatch: pytest.MonkeyPatch) -> None:
    other = safe.identity_file.with_name("offline.txt")
    other.write_text(str(safe.offline), encoding="ascii")
    monkeypatch.setenv("KOGGE_IDENTITY", str(other))
    create(safe)
    assert [str(identity) for identity in read_identities(safe.estate)] == [str(safe.offline)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"# nothing\n", "holds no age identity"),
        (b"AGE-SECRET-KEY-1WRONG\n", "an identity in it is damaged"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_an_identity_file_that_helps_nothing_is_named(safe: KeySafe, content: bytes, words: str) -> None:
    safe.identity_file.write_bytes(content)
    with pytest.raises(KeyringError, match=words) as refused:
        read_identities(safe.estate)
    assert "KOGGE_IDENTITY" in str(refused.value.hint)
    assert "SECRET" not in refused.value.message


def test_a_missing_identity_file_is_named(safe: KeySafe) -> None:
    safe.identity_file.unlink()
    with pytest.raises(KeyringError, match="no age identity there"):
        read_identities(safe.estate)
