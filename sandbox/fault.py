"""Faults of the machine in the user's words: no room, no permission, no network, no registry.

Belongs here: turning an ``OSError`` or a program's output into one message with the next step.
"""

from __future__ import annotations

import errno
import re
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from kogge.errors import KoggeError


class SandboxError(KoggeError):
    """The sandbox or its tools could not do what was asked."""


class NetworkFault(StrEnum):
    """Why something could not be fetched, as far as its output tells."""

    SWITCHED_OFF = "switched off"
    """The settings forbid the fetch (``GOPROXY=off``, ``--no-index``)."""
    REFUSED = "refused"
    """A registry answered, and said no."""
    TAMPERED = "tampered"
    """What came is not what the lock says."""
    UNREACHABLE = "unreachable"
    """No registry answered."""
    NO_ROOM = "no room"
    """The disk filled up."""
    OTHER = "other"
    """Not a matter of fetching."""


_SIGNS: Final[tuple[tuple[NetworkFault, str], ...]] = (
    (NetworkFault.NO_ROOM, r"no space left on device|disk quota exceeded"),
    (NetworkFault.SWITCHED_OFF, r"module lookup disabled by GOPROXY=off|module lookup disabled by GOFLAGS|--no-index"),
    (NetworkFault.TAMPERED, r"checksum mismatch|SECURITY ERROR|DO NOT MATCH THE HASHES"),
    (
        NetworkFault.UNREACHABLE,
        r"no such host|connection refused|i/o timeout|network is unreachable|TLS handshake timeout|connection reset"
        r"|Temporary failure in name resolution|Name or service not known|NewConnectionError|ConnectTimeout",
    ),
    (
        NetworkFault.REFUSED,
        r"(?:40[13479]|410|429|5\d\d) (?:Forbidden|Not Found|Gone|Unauthorized|Too Many|Internal|Bad Gateway|Service)"
        r"|unrecognized import path|No matching distribution|HTTP error (?:4|5)\d\d",
    ),
)


def network_fault(output: str) -> NetworkFault:
    """Return what kept a fetch from working, judged by a program's output."""
    for fault, sign in _SIGNS:
        if re.search(sign, output, re.IGNORECASE):
            return fault
    return NetworkFault.OTHER


def fetch_error(what: str, output: str, log: Path) -> SandboxError:
    """Return the error for a build or installation of ``what`` that ended with ``output``; all of it is in ``log``."""
    fault = network_fault(output)
    match fault:
        case NetworkFault.SWITCHED_OFF:
            text, hint = "fetching is switched off", "unset GOPROXY (and GOFLAGS), or fill the module cache first"
        case NetworkFault.REFUSED:
            text, hint = (
                "a registry refused a package",
                "try again later, or set GOPROXY or PIP_INDEX_URL to a mirror that has it",
            )
        case NetworkFault.TAMPERED:
            text = "a package is not the one that was locked"
            hint = "do not use it; ask the operator of the mirror, and 'go clean -modcache' before the next try"
        case NetworkFault.UNREACHABLE:
            text, hint = (
                "no package registry can be reached",
                "connect to the network or set HTTPS_PROXY, then run it again",
            )
        case NetworkFault.NO_ROOM:
            text, hint = "the disk is full", "free about 8 GB for the caches of Go and Kogge, then run it again"
        case NetworkFault.OTHER:
            text, hint = _last_line(output) or "it ended without a word", f"read {log}, then run it again"
        case _:
            assert_never(fault)
    return SandboxError(f"{what} could not be made ready: {text} (all of it: {log})", hint=hint)


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def disk_error(error: OSError, place: Path) -> SandboxError:
    """Return the error for a file operation under ``place`` that the system refused."""
    where = error.filename or place
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return SandboxError(
                f"the disk is full: {where}", hint="free some room, then run the same command again; it continues"
            )
        case errno.EROFS:
            return SandboxError(
                f"{where} is on a read-only file system",
                hint=f"choose another place than {place} (XDG_CACHE_HOME, KOGGE_SANDBOX)",
            )
        case errno.EACCES | errno.EPERM:
            return SandboxError(
                f"no permission to write {where}",
                hint=f"make {place} yours, or choose another place (XDG_CACHE_HOME, KOGGE_SANDBOX)",
            )
        case errno.ENOTDIR | errno.EEXIST:
            return SandboxError(
                f"{where} is not a directory",
                hint="move it away, or choose another place (XDG_CACHE_HOME, KOGGE_SANDBOX)",
            )
        case _:
            return SandboxError(
                f"{where}: {error.strerror or error}", hint="correct that, then run the same command again"
            )
