"""A secret's name is all that a desired value holds, and it tells every two secrets apart."""

from __future__ import annotations

import base64

import pytest

from kogge.derived import Derived, Encoded, Purpose, by_name, derived_values, plain, secrets_in, with_secrets

SESSION = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
PULL = Derived("moelln", Purpose.REGISTRY_PASSWORD, "")


def test_a_digest_is_kept_under_purpose_service_and_version() -> None:
    assert SESSION.identity() == "session-key/terminvergabe/1"
    assert PULL.identity() == "registry-password/-/1"
    assert Derived("moelln", Purpose.SESSION_KEY, "terminvergabe", 2).identity() == "session-key/terminvergabe/2"


def test_a_value_alone_has_the_identity_of_its_secret() -> None:
    assert plain(SESSION).identity() == SESSION.identity()


def test_a_text_names_each_of_its_parts_once_behind_its_label() -> None:
    encoded = Encoded("{}{}{}", (PULL, PULL, SESSION), label="dockerconfigjson")
    assert encoded.identity() == "dockerconfigjson:registry-password/-/1+session-key/terminvergabe/1"


def test_a_marker_says_whose_secret_it_stands_for_and_is_what_a_secret_may_hold() -> None:
    assert SESSION.marker() == "<derived moelln session-key terminvergabe v1>"
    decoded = base64.b64decode(Encoded("user:{}", (PULL,)).marker(), validate=True)
    assert decoded == b"user:<derived moelln registry-password - v1>"


def test_names_are_found_wherever_they_stand_in_order() -> None:
    assert derived_values({"a": [SESSION, {"b": (PULL,)}], "c": "text", "d": SESSION}) == (SESSION, PULL, SESSION)


def test_an_encoded_text_is_one_secret_made_of_derived_values() -> None:
    login = Encoded("{}:{}", (PULL, SESSION))
    value = {"data": {"config": login, "key": plain(SESSION)}}
    assert list(secrets_in(value)) == [login, plain(SESSION)]
    assert derived_values(value) == (PULL, SESSION, SESSION)


def test_only_secrets_are_replaced_and_the_rest_is_json() -> None:
    value = {"a": (SESSION, 1, None, True), "b": {"c": plain(PULL)}}
    assert with_secrets(value, lambda secret: secret.identity()) == {
        "a": ["session-key/terminvergabe/1", 1, None, True],
        "b": {"c": "registry-password/-/1"},
    }
    assert by_name([SESSION, plain(PULL)]) == [SESSION.marker(), plain(PULL).marker()]


@pytest.mark.parametrize("stray", [b"bytes", {1, 2}, object()])
def test_what_is_neither_json_nor_a_secret_is_refused(stray: object) -> None:
    with pytest.raises(TypeError, match="not part of a manifest"):
        with_secrets({"a": [stray]}, lambda secret: secret.marker())
