"""SCRAM-SHA-256 verifiers: what PostgreSQL stores instead of a password; pure.

RFC 5802 and RFC 7677; the form is that of ``pg_authid.rolpassword``
(https://www.postgresql.org/docs/15/catalog-pg-authid.html). Password and salt are derived, so the verifier is the same
in every run, and the SHA-256 of the whole tells without any key whether one is ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

ITERATIONS: Final = 4096
"""PostgreSQL's own number; the password has 256 bits of its own, so more would buy nothing."""


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """Return ``SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>``.

    ``password`` is ASCII, for which SASLprep changes nothing (RFC 4013).

    :raises ValueError: the password is not ASCII.
    """
    if not password.isascii():
        raise ValueError("a derived password is ASCII")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def salt_of(derived: str) -> bytes:
    """Return the salt that a derived value (base64url, 43 characters) stands for."""
    return base64.urlsafe_b64decode(derived + "=" * (-len(derived) % 4))


def with_verifiers(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filled-in document whose ``verifiers`` hold what a host may see instead of password and salt.

    Passwords end here. A verifier costs 2 ms; OpenSSL computes outside the interpreter's lock, so all cores share them.
    """
    if "verifiers" not in content:
        return dict(content)
    entries: Mapping[str, Mapping[str, str]] = content["verifiers"]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        computed = pool.map(lambda e: verifier(e["password"], salt_of(e["salt"])), entries.values())
        return {**content, "verifiers": dict(zip(entries, computed, strict=True))}


def without_verifiers(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document for a check run by somebody without a key: of passwords it says nothing."""
    return {**content, "verifiers": {}} if "verifiers" in content else dict(content)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
