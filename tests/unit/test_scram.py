"""Verifiers as PostgreSQL stores them."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from kogge.scram import salt_of, verifier, with_verifiers, without_verifiers


def test_a_verifier_proves_the_exchange_of_the_rfc() -> None:
    """RFC 7677, section 3: user ``user``, password ``pencil``; the server signs with what the verifier holds."""
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
    exchange = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s={salt},i=4096,c=biws,r={nonce}".encode()
    head, keys = verifier("pencil", base64.b64decode(salt)).rsplit("$", 1)
    stored_key, server_key = (base64.b64decode(key) for key in keys.split(":"))
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = hmac.digest(stored_key, exchange, "sha256")
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert head == f"SCRAM-SHA-256$4096:{salt}"
    assert hashlib.sha256(client_key).digest() == stored_key
    assert hmac.digest(server_key, exchange, "sha256") == base64.b64decode(
        "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    )


def test_a_salt_is_the_whole_derived_value() -> None:
    derived = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    assert salt_of(derived) == bytes(range(32))


def test_no_password_is_left_in_a_document_for_a_host() -> None:
    salt = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    document = {"verifiers": {"a--x": {"password": "hidden-word", "salt": salt}}, "list": [{"k": 1}]}
    seen = with_verifiers(document)
    assert "hidden-word" not in str(seen)
    assert seen["verifiers"]["a--x"].startswith("SCRAM-SHA-256$4096:")
    assert seen["list"] == [{"k": 1}]


def test_a_password_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        verifier("größe", b"salt")


def test_a_document_for_somebody_without_a_key_says_nothing_of_passwords() -> None:
    assert without_verifiers({"verifiers": {"a--x": {"scram": {}}}, "port": 5432}) == {"verifiers": {}, "port": 5432}
    assert without_verifiers({"files": []}) == {"files": []}
