"""One master key gives every secret of an owner, the same ones for ever, and no two names the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kogge.derived import Derived, Purpose
from kogge.keyring import derive, fingerprint

MASTER = bytes(range(32))

VECTORS = [
    (Derived("moelln", Purpose.STACK_PASSPHRASE, ""), "Qp7NDE_LNJf0s9NuCzvE_xsvma8U38eJ7VndFI5NJNc"),
    (Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe"), "pODIwB_EEFVr3Oyk4Pl13OjpH5X9nZ5va5kEfGFBqtI"),
    (
        Derived("it-allianz-nord", Purpose.SESSION_KEY, "digitaler-zwilling", 2),
        "pdAF6EhhDVhmgUQ0oY-PEJXoYSH0WgAeOgLT-eDFTSg",
    ),
]
"""Computed with OpenSSL 3.0: ``openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:000102…1f
-kdfopt info:kogge/v1/moelln/stack-passphrase//1 -binary HKDF | base64``, then base64url without padding."""


@pytest.mark.parametrize(("secret", "value"), VECTORS)
def test_a_secret_is_hkdf_sha256_of_the_master_key_and_its_name(secret: Derived, value: str) -> None:
    assert derive(MASTER, secret) == value


def test_the_fingerprint_is_a_digest_of_a_value_of_its_own() -> None:
    assert fingerprint(MASTER) == "8e63cffea4fe5c3605d4920948d51848"
    assert fingerprint(MASTER[::-1]) != fingerprint(MASTER)


PARTS = st.sampled_from(["", "a", "b", "1", "a-b", "-"])
NAMES = st.builds(Derived, PARTS, st.sampled_from(Purpose), PARTS, st.integers(1, 3))


@settings(deadline=None)
@given(NAMES, NAMES)
def test_different_names_give_different_secrets(one: Derived, other: Derived) -> None:
    assert (derive(MASTER, one) == derive(MASTER, other)) == (one == other)


@pytest.mark.parametrize(
    "secret",
    [
        Derived("a/b", Purpose.SESSION_KEY, "c"),
        Derived("a", Purpose.SESSION_KEY, "b/c"),
        Derived("a", Purpose.SESSION_KEY, "b", 0),
        Derived("a", Purpose.SESSION_KEY, "b", -1),
    ],
)
def test_a_name_that_could_be_read_as_another_is_refused(secret: Derived) -> None:
    with pytest.raises(ValueError, match="not the name of a derived secret"):
        derive(MASTER, secret)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="a master key has 32 bytes"):
        derive(bytes(length), VECTORS[0][0])
