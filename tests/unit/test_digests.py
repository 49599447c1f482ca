"""What may be known of secrets without any key: written as a whole, read by whoever compares."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from kogge.digests import LIMIT, OwnerDigests, SignedDigests, digests_path, read_digests, write_digests
from kogge.errors import KoggeError


def test_what_is_written_of_an_owner_is_what_is_read(tmp_path: Path) -> None:
    signed = SignedDigests(OwnerDigests("moelln", "ab" * 32, {"b": "1", "a": "2"}), b"s" * 64)
    assert read_digests(tmp_path, "moelln") is None
    write_digests(tmp_path, signed)
    assert read_digests(tmp_path, "moelln") == signed


FIRST = {"version": 1, "owner": "moelln", "fingerprint": "ab", "digests": {"a": "1"}}
SECOND = {**FIRST, "version": 2, "signature": "c2ln"}


def test_a_file_of_the_first_version_has_no_signature(tmp_path: Path) -> None:
    digests_path(tmp_path, "moelln").write_text(json.dumps({**FIRST, "signature": "c2ln"}), encoding="utf-8")
    found = read_digests(tmp_path, "moelln")
    assert found == SignedDigests(OwnerDigests("moelln", "ab", {"a": "1"}), b"")
    assert not found.is_signed_by(bytes(32))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        *(
            json.dumps(document).encode()
            for document in (
                {**SECOND, "digests": 3},
                {**SECOND, "digests": {"a": 1}},
                {**SECOND, "owner": None},
                {**SECOND, "fingerprint": ["ab"]},
                {**SECOND, "signature": "?"},
                {**SECOND, "signature": None},
                {**SECOND, "version": 3},
                {**SECOND, "version": "2"},
                {key: value for key, value in SECOND.items() if key != "signature"},
            )
        ),
        b" " * (LIMIT + 1),
    ],
)
def test_a_damaged_digests_file_is_named(tmp_path: Path, content: bytes) -> None:
    digests_path(tmp_path, "moelln").write_bytes(content)
    with pytest.raises(KoggeError, match="not a digests file") as refused:
        read_digests(tmp_path, "moelln")
    assert ": None" not in refused.value.message


def test_a_file_of_another_owner_is_named(tmp_path: Path) -> None:
    digests_path(tmp_path, "rostock").write_text(json.dumps(SECOND), encoding="utf-8")
    with pytest.raises(KoggeError, match="is the digests file of 'moelln'"):
        read_digests(tmp_path, "rostock")


def test_a_hundred_megabytes_a_pipe_a_link_and_a_directory_are_named_at_once(tmp_path: Path) -> None:
    path = digests_path(tmp_path, "moelln")
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    began = time.monotonic()
    with pytest.raises(KoggeError, match="is larger than 1048576 bytes"):
        read_digests(tmp_path, "moelln")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(KoggeError, match="is no regular file"):
        read_digests(tmp_path, "moelln")
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(KoggeError, match="is a symbolic link"):
        read_digests(tmp_path, "moelln")
    path.unlink()
    path.mkdir()
    with pytest.raises(KoggeError, match="is no regular file"):
        read_digests(tmp_path, "moelln")
    assert time.monotonic() - began < 5
