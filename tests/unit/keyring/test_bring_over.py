"""Keys of before there were signatures get one when a person knows their fingerprints, and never by themselves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kogge.deploy.keys import confirmed_keys, owners, sign_sandbox_keys
from kogge.derived import Derived, Purpose
from kogge.digests import digests_path
from kogge.errors import UsageError
from kogge.keyring import KeyringError, UnsignedKey, sign_keys, unsigned_keys
from kogge.keyring.master import create_master, new_master, recipients
from kogge.trust import PinError, UntrustedKeyError, master_path, pin_path, read_pin, trusted_digests
from tests.support.key_safe import KeySafe

SESSION = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
OWNERS = ("platform", "moelln", "rostock")


@pytest.fixture
def old(safe: KeySafe) -> KeySafe:
    """Keys as the version before left them: digests of the first form, or none, and no pin."""
    safe.make(*OWNERS)
    safe.keyring().record("moelln", [SESSION])
    for owner in OWNERS:
        path = digests_path(safe.directory, owner)
        document = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**document, "version": 1, "signature": "x"}), encoding="utf-8")
    digests_path(safe.directory, "platform").unlink()
    pin_path(safe.estate).unlink()
    return safe


def test_nothing_old_is_believed_before_it_is_signed_and_all_of_it_afterwards(old: KeySafe) -> None:
    with pytest.raises(Exception, match="no pinned key"):
        old.keyring().derive(SESSION)
    found = unsigned_keys(old.estate, owners(old.estate))
    assert [(key.owner, key.why) for key in found] == [
        ("platform", "no digests"),
        ("moelln", "no signature"),
        ("rostock", "no signature"),
    ]
    sign_keys(old.estate, found)
    assert {key.owner: key.fingerprint for key in found} == {o: old.keyring().fingerprint(o) for o in OWNERS}
    assert unsigned_keys(old.estate, owners(old.estate)) == ()


def test_digests_that_nobody_signed_are_not_signed_either(old: KeySafe) -> None:
    sign_keys(old.estate, unsigned_keys(old.estate, OWNERS))
    found = trusted_digests(old.estate, "moelln")
    assert found is not None
    assert found.values == {}


def test_the_platforms_key_comes_first_and_alone_is_enough_for_the_rest_later(old: KeySafe) -> None:
    platform, moelln, rostock = unsigned_keys(old.estate, OWNERS)
    with pytest.raises(KeyringError, match="the platform's own key comes first"):
        sign_keys(old.estate, [moelln])
    sign_keys(old.estate, [platform])
    assert unsigned_keys(old.estate, ["moelln"]) == (moelln,)
    sign_keys(old.estate, [moelln])
    assert unsigned_keys(old.estate, OWNERS) == (rostock,)
    with pytest.raises(UntrustedKeyError, match="version 1"):
        old.keyring().fingerprint("rostock")


def test_a_key_that_was_replaced_under_old_digests_is_refused(old: KeySafe) -> None:
    master_path(old.directory, "moelln").unlink()
    create_master(old.directory, "moelln", new_master(), recipients(old.estate))
    with pytest.raises(KeyringError, match="the master key of moelln is not the one that"):
        unsigned_keys(old.estate, OWNERS)


def test_a_key_that_changes_between_the_question_and_the_answer_is_not_signed(old: KeySafe) -> None:
    found = unsigned_keys(old.estate, OWNERS)
    for path in (master_path(old.directory, "moelln"), digests_path(old.directory, "moelln")):
        path.unlink()
    create_master(old.directory, "moelln", new_master(), recipients(old.estate))
    with pytest.raises(KeyringError, match="the master key of moelln changed just now"):
        sign_keys(old.estate, found)
    assert not digests_path(old.directory, "moelln").exists()


def test_signed_digests_survive_on_a_machine_that_is_new(safe: KeySafe) -> None:
    safe.make("platform", "moelln")
    safe.keyring().record("moelln", [SESSION])
    before = trusted_digests(safe.estate, "moelln")
    pin_path(safe.estate).unlink()
    [platform] = found = unsigned_keys(safe.estate, OWNERS)
    assert (platform.owner, platform.why) == ("platform", f"not pinned in {pin_path(safe.estate)}")
    sign_keys(safe.estate, found)
    assert trusted_digests(safe.estate, "moelln") == before


def test_somebody_elses_signature_is_told_apart_from_none(safe: KeySafe) -> None:
    safe.make("platform", "moelln")
    path = digests_path(safe.directory, "moelln")
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "signature": "AAAA"}), encoding="utf-8")
    assert [key.why for key in unsigned_keys(safe.estate, OWNERS)] == ["SIGNED BY SOMEBODY ELSE"]


def test_under_another_pin_nothing_can_be_signed(old: KeySafe) -> None:
    sign_keys(old.estate, unsigned_keys(old.estate, ["platform"]))
    pin = read_pin(old.estate)
    for path in (master_path(old.directory, "platform"), digests_path(old.directory, "platform")):
        path.unlink()
    create_master(old.directory, "platform", new_master(), recipients(old.estate))
    with pytest.raises(PinError, match="is not the one that is pinned"):
        unsigned_keys(old.estate, OWNERS)
    assert read_pin(old.estate) == pin


def test_without_a_platform_key_nothing_can_be_signed(old: KeySafe) -> None:
    master_path(old.directory, "platform").unlink()
    with pytest.raises(KeyringError, match=r"platform has no master key: .*: nothing can be signed without it"):
        unsigned_keys(old.estate, OWNERS)


def test_the_command_line_must_name_each_key_with_its_own_fingerprint() -> None:
    one, other = UnsignedKey("moelln", "ab", ""), UnsignedKey("rostock", "cd", "")
    named = ["moelln=ab", "rostock=cd", "platform=ef"]
    assert confirmed_keys([one, other], named, yes=True) == (one, other)
    for wrong in ([], named[:1], ["moelln=cd", "rostock=ab"], ["moelln", "rostock"], ["moelln=", "rostock="]):
        with pytest.raises(UsageError, match="rostock are not confirmed"):
            confirmed_keys([one, other], wrong, yes=True)
    with pytest.raises(UsageError, match="the fingerprints of moelln, rostock are not confirmed"):
        confirmed_keys([one, other], named, yes=False)


def test_the_sandboxs_own_keys_are_signed_without_a_question(old: KeySafe) -> None:
    assert sign_sandbox_keys(old.estate) == OWNERS
    assert sign_sandbox_keys(old.estate) == ()
    assert old.keyring().derive(SESSION)


def test_keys_outside_the_sandbox_are_not_signed_by_it(old: KeySafe) -> None:
    keys = old.estate.platform.keys.model_copy(update={"directory": "keys"})
    old.directory.rename(old.estate.root / "keys")
    moved = replace(old.estate, platform=old.estate.platform.model_copy(update={"keys": keys}))
    assert sign_sandbox_keys(moved) == ()
    assert len(unsigned_keys(moved, OWNERS)) == 3
