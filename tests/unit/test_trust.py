"""What is believed of ``keys/``, and each way in which somebody who can write there, and no more, tries to be."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kogge.deploy.keys import owners
from kogge.derived import Derived, Encoded, Purpose, plain, verifier_of
from kogge.digests import OwnerDigests, digest, digests_path, read_digests, write_digests
from kogge.errors import KoggeError
from kogge.findings import Unknown
from kogge.keyring import KeyringError, derive, fingerprint, owner_keys
from kogge.keyring.master import create_master, new_master, recipients
from kogge.keyring.signing import public_key, signed
from kogge.trust import (
    PinError,
    PinMissingError,
    UntrustedKeyError,
    is_sandbox_own,
    key_directory,
    known_digests,
    master_path,
    pin_line,
    pin_path,
    read_pin,
    trusted_digests,
    write_pin,
)
from tests.support.key_safe import KeySafe

SESSION = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
DATABASE = Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe")


@pytest.fixture
def made(safe: KeySafe) -> KeySafe:
    """Keys of the platform and of two tenants, with digests of moelln's secrets."""
    safe.make("platform", "moelln", "rostock")
    safe.keyring().record("moelln", [SESSION, verifier_of("moelln", "terminvergabe")])
    return safe


def plant(safe: KeySafe, owner: str = "moelln") -> bytes:
    """Put a key of one's own in the place of an owner's, as anybody can who knows the recipients."""
    master_path(safe.directory, owner).unlink(missing_ok=True)
    create_master(safe.directory, owner, master := new_master(), recipients(safe.estate))
    return master


def document(safe: KeySafe) -> dict[str, object]:
    found: dict[str, object] = json.loads(digests_path(safe.directory, "moelln").read_text(encoding="utf-8"))
    return found


def rewrite(safe: KeySafe, **changed: object) -> None:
    found = {key: value for key, value in {**document(safe), **changed}.items() if value is not None}
    digests_path(safe.directory, "moelln").write_text(json.dumps(found), encoding="utf-8")


def without_digests(safe: KeySafe) -> None:
    digests_path(safe.directory, "moelln").unlink()
    plant(safe)


def with_old_digests(safe: KeySafe) -> None:
    rewrite(safe, version=1, fingerprint=fingerprint(plant(safe)), signature=None)


def with_digests_that_the_planter_signed(safe: KeySafe) -> None:
    mine = plant(safe)
    values = {SESSION.identity(): digest(derive(mine, SESSION))}
    write_digests(safe.directory, signed(OwnerDigests("moelln", fingerprint(mine), values), new_master()))


def with_the_old_signature(safe: KeySafe) -> None:
    rewrite(safe, fingerprint=fingerprint(plant(safe)))


def with_the_signature_stripped(safe: KeySafe) -> None:
    rewrite(safe, fingerprint=fingerprint(plant(safe)), signature="")


def with_another_platform(safe: KeySafe) -> None:
    """The platform's own key replaced, too, and everything signed by it."""
    platform, mine = plant(safe, "platform"), plant(safe)
    for owner, master in (("platform", platform), ("moelln", mine)):
        write_digests(safe.directory, signed(OwnerDigests(owner, fingerprint(master), {}), platform))


PLANTED = (
    without_digests,
    with_old_digests,
    with_digests_that_the_planter_signed,
    with_the_old_signature,
    with_the_signature_stripped,
    with_another_platform,
)


@pytest.mark.parametrize("attack", PLANTED)
def test_a_planted_key_is_used_for_nothing_and_the_check_says_unknown(
    made: KeySafe, attack: Callable[[KeySafe], None]
) -> None:
    attack(made)
    for use in (
        lambda: made.keyring().derive(SESSION),
        lambda: made.keyring().record("moelln", [SESSION]),
        lambda: trusted_digests(made.estate, "moelln"),
        lambda: owner_keys(made.estate, made.keyring(), owners(made.estate)),
    ):
        with pytest.raises(UntrustedKeyError) as refused:
            use()
        assert refused.value.hint
    known = known_digests(made.estate, ["platform", "moelln", "rostock"])
    assert known.of(SESSION) is None
    assert known.untrusted["moelln"].tenant == "moelln"
    assert "rostock" not in known.untrusted


def test_a_key_under_the_digests_of_another_one_is_refused(made: KeySafe) -> None:
    plant(made)
    with pytest.raises(KeyringError, match="is not the one its secrets were made with"):
        made.keyring().derive(SESSION)


def test_a_platform_key_that_is_not_the_pinned_one_signs_nothing(made: KeySafe) -> None:
    with_another_platform(made)
    with pytest.raises(UntrustedKeyError):
        made.make("segeberg")
    assert not made.keyring().has("segeberg")
    assert not digests_path(made.directory, "segeberg").exists()


def test_digests_of_two_owners_cannot_be_swapped(made: KeySafe) -> None:
    one, other = (digests_path(made.directory, owner) for owner in ("moelln", "rostock"))
    kept = one.read_bytes()
    shutil.copy(other, one)
    other.write_bytes(kept)
    with pytest.raises(KoggeError, match="is the digests file of 'rostock'"):
        made.keyring().derive(SESSION)
    rewrite(made, owner="moelln")
    with pytest.raises(UntrustedKeyError, match="carries no signature of the key that is pinned"):
        made.keyring().derive(SESSION)
    shutil.copy(master_path(made.directory, "rostock"), master_path(made.directory, "moelln"))
    with pytest.raises(UntrustedKeyError):
        made.keyring().derive(SESSION)


@pytest.mark.parametrize("key", ["fingerprint", "digests"])
def test_every_part_of_a_digests_file_is_signed(made: KeySafe, key: str) -> None:
    kept = document(made)[key]
    changed = {**kept, DATABASE.identity(): "00"} if isinstance(kept, dict) else f"{kept}0"
    rewrite(made, **{key: changed})
    with pytest.raises(UntrustedKeyError):
        trusted_digests(made.estate, "moelln")


def test_what_is_signed_is_not_what_another_owner_version_or_digest_would_give() -> None:
    one = OwnerDigests("a", "f", {"x": "1"})
    others = (replace(one, owner="b"), replace(one, fingerprint="g"), replace(one, values={"x": "2"}))
    assert len({found.signed_bytes() for found in (one, *others)}) == 4
    assert b'"version":2' in one.signed_bytes()


def test_digests_that_are_signed_are_known_by_owner_and_name(made: KeySafe) -> None:
    keyring, known = made.keyring(), known_digests(made.estate, ["moelln", "segeberg"])
    assert known.of(SESSION) == known.of(plain(SESSION)) == digest(keyring.derive(SESSION))
    assert known.of(verifier_of("moelln", "terminvergabe")) == digest(
        keyring.text(verifier_of("moelln", "terminvergabe"))
    )
    assert known.of(Encoded("x={}", (SESSION,), label="pair")) is None
    assert known.of(DATABASE) is None
    assert known.of(replace(SESSION, owner="segeberg")) is None
    assert known.untrusted == {}


def test_without_a_pin_nothing_is_believed_and_that_is_told_once(made: KeySafe) -> None:
    pin_path(made.estate).unlink()
    with pytest.raises(PinMissingError, match="no pinned key of the platform at") as refused:
        made.keyring().derive(SESSION)
    assert "kogge keys pin" in str(refused.value.hint)
    known = known_digests(made.estate, ["platform", "moelln", "rostock"])
    assert known.by_owner == {}
    assert len(set(known.untrusted.values())) == 1
    assert known.untrusted["moelln"] == Unknown(None, "keys", known.untrusted["rostock"].reason)


def test_under_another_pin_nothing_is_believed(made: KeySafe) -> None:
    pin_path(made.estate).write_text(pin_line(public_key(new_master())), encoding="ascii")
    for owner in ("platform", "moelln"):
        with pytest.raises(UntrustedKeyError):
            made.keyring().fingerprint(owner)
    assert set(known_digests(made.estate, ["platform", "moelln"]).untrusted) == {"platform", "moelln"}
    with pytest.raises(PinError, match="is not the one that is pinned"):
        write_pin(made.estate, public_key(new_master()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no line"),
        (b"# only words\n", "holds no line"),
        (b"kogge-keys-1 ?\n", "holds no line"),
        (b"kogge-keys-1 YWJj\n", "holds no line"),
        (b"ssh-ed25519 AAAA\n", "holds no line"),
        (b"\xff", "is no text"),
        (b" " * 5000, "is larger than 4096 bytes"),
    ],
)
def test_a_damaged_pin_is_named(made: KeySafe, content: bytes, words: str) -> None:
    pin_path(made.estate).write_bytes(content)
    with pytest.raises(PinError, match=words):
        read_pin(made.estate)


def test_two_pins_in_one_file_are_none_and_a_comment_is_no_pin(made: KeySafe) -> None:
    path = pin_path(made.estate)
    line = path.read_text(encoding="ascii")
    path.write_text(f"# of the platform\n\n{line}", encoding="ascii")
    assert pin_line(read_pin(made.estate)) == line.strip()
    path.write_text(line + line, encoding="ascii")
    with pytest.raises(PinError, match="holds no line"):
        read_pin(made.estate)


def test_a_pin_that_others_can_write_is_refused(made: KeySafe) -> None:
    path = pin_path(made.estate)
    for mode in (0o664, 0o646):
        path.chmod(mode)
        with pytest.raises(PinError, match="others than its owner can write") as refused:
            read_pin(made.estate)
        assert refused.value.hint == f"chmod go-w {path}"
    path.chmod(0o644)
    assert read_pin(made.estate)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's file")
def test_a_pin_of_another_user_is_refused(made: KeySafe) -> None:
    os.chown(pin_path(made.estate), 65534, 65534)
    with pytest.raises(PinError, match="belongs to another user"):
        read_pin(made.estate)


def test_where_git_cannot_say_what_it_keeps_nothing_counts_as_the_sandboxs_own(safe: KeySafe) -> None:
    (safe.estate.root / ".git").mkdir()
    with pytest.raises(PinError, match="lies inside the data root"):
        safe.make("platform")


def test_the_environment_names_a_pin_outside_and_platform_yaml_one_too(
    made: KeySafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = pin_path(made.estate)
    named = tmp_path / "elsewhere" / "of-platform.pin"
    keys = made.estate.platform.keys.model_copy(update={"pin": str(named)})
    estate = replace(made.estate, platform=made.estate.platform.model_copy(update={"keys": keys}))
    assert pin_path(estate) == named
    write_pin(estate, read_pin(made.estate))
    assert named.read_bytes() == kept.read_bytes()
    monkeypatch.setenv("KOGGE_KEYS_PIN", str(tmp_path / "chosen.pin"))
    assert pin_path(estate) == pin_path(made.estate) == tmp_path / "chosen.pin"


def test_a_pin_in_reach_of_whoever_writes_the_repository_is_refused(
    made: KeySafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = made.estate.root
    outside = tmp_path / "link-into-the-root"
    outside.symlink_to(root / "keys")
    for inside in (root / "keys.pin", root / ".kogge/keys.pin", root / "x/../keys.pin", outside / "a.pin"):
        monkeypatch.setenv("KOGGE_KEYS_PIN", str(inside))
        with pytest.raises(PinError, match="lies inside the data root"):
            pin_path(made.estate)
    monkeypatch.setenv("KOGGE_KEYS_PIN", "keys.pin")
    with pytest.raises(PinError, match="needs an absolute path"):
        pin_path(made.estate)


def test_the_sandboxs_own_pin_is_none_where_it_came_with_the_repository(safe: KeySafe) -> None:
    root = safe.estate.root
    for words in (["init", "-q"], ["add", "-f", ".kogge"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    with pytest.raises(PinError, match="lies inside the data root"):
        safe.make("platform")
    assert not is_sandbox_own(safe.estate, key_directory(safe.estate))


def test_a_pipe_a_link_or_a_directory_in_the_place_of_a_key_is_refused_at_once(made: KeySafe) -> None:
    key = master_path(made.directory, "moelln")
    kept = key.with_suffix(".kept")
    key.rename(kept)
    began = time.monotonic()
    for make, words in (
        (lambda: os.mkfifo(key), "is no regular file"),
        (lambda: key.symlink_to(kept), "is a symbolic link"),
        (lambda: key.symlink_to("/nowhere"), "is a symbolic link"),
        (lambda: key.mkdir(), "is no regular file"),
    ):
        make()
        assert made.keyring().has("moelln")
        with pytest.raises(KeyringError, match=words):
            made.keyring().derive(SESSION)
        key.rmdir() if key.is_dir() else key.unlink()
    assert time.monotonic() - began < 5


def test_a_platform_key_is_not_made_where_another_one_is_pinned(made: KeySafe) -> None:
    for owner in ("platform", "moelln"):
        master_path(made.directory, owner).unlink()
        digests_path(made.directory, owner).unlink()
    with pytest.raises(PinError, match="is not the one that is pinned"):
        made.make("platform")
    assert not made.keyring().has("platform")


def test_a_run_killed_before_the_key_lay_there_is_continued(made: KeySafe) -> None:
    """Digests are written before the key: alone they lock nobody out."""
    left = read_digests(made.directory, "moelln")
    master_path(made.directory, "moelln").unlink()
    made.make("moelln")
    found = trusted_digests(made.estate, "moelln")
    assert found is not None
    assert left is not None
    assert found.fingerprint == made.keyring().fingerprint("moelln") != left.digests.fingerprint


def test_a_signature_is_of_the_ed25519_key_that_the_platforms_master_gives(made: KeySafe) -> None:
    line = pin_path(made.estate).read_text(encoding="ascii")
    assert line.startswith("kogge-keys-1 ")
    assert len(base64.b64decode(line.split()[1])) == 32
    found = read_digests(made.directory, "moelln")
    assert found is not None
    assert len(found.signature) == 64
    assert found.is_signed_by(read_pin(made.estate))
