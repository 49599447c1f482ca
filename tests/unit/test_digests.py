"""What may be known of secrets without any key: written as a whole, read by whoever compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.derived import Derived, Encoded, Purpose, plain
from kogge.digests import OwnerDigests, digest, digests_path, known_digests, read_digests, write_digests
from kogge.errors import KoggeError

SESSION = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
DATABASE = Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe")


def test_what_is_written_of_an_owner_is_what_is_read(tmp_path: Path) -> None:
    digests = OwnerDigests("moelln", "ab" * 32, {"b": "1", "a": "2"})
    assert read_digests(tmp_path, "moelln") is None
    write_digests(tmp_path, digests)
    assert read_digests(tmp_path, "moelln") == digests


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"owner": "m", "fingerprint": "f", "digests": 3}'])
def test_a_damaged_digests_file_is_named(tmp_path: Path, content: bytes) -> None:
    digests_path(tmp_path, "moelln").write_bytes(content)
    for read in (lambda: read_digests(tmp_path, "moelln"), lambda: known_digests(tmp_path, ["moelln"])):
        with pytest.raises(KoggeError, match="not a digests file"):
            read()


def test_a_secret_is_known_by_its_owner_and_its_name(tmp_path: Path) -> None:
    pair = Encoded("x={}", (SESSION,), label="pair")
    values = {SESSION.identity(): digest("session"), pair.identity(): digest("x=session")}
    write_digests(tmp_path, OwnerDigests("moelln", "ab" * 32, values))
    known = known_digests(tmp_path, ["moelln", "rostock"])
    assert known.of(SESSION) == known.of(plain(SESSION)) == digest("session")
    assert known.of(pair) == digest("x=session")
    assert known.of(DATABASE) is None
    assert known.of(Derived("rostock", Purpose.SESSION_KEY, "terminvergabe")) is None
