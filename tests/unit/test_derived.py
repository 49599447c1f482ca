"""A secret's name is all that a desired value holds, and it tells every two secrets apart."""

from __future__ import annotations

import base64

from kogge.derived import Derived, Encoded, Purpose, plain
from kogge.desired import derived_values

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
