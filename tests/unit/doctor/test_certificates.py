"""Certificates in a kubeconfig are told of before they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kogge.clusters.kubeconfig import ClusterAccess
from kogge.doctor.certificates import check

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def pem(until: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(until - timedelta(days=900)).not_valid_after(until)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def access(client: int | None, *authorities: int) -> ClusterAccess:
    """Return an access whose certificates end in so many days."""
    ends = [
        "".join(pem(NOW + timedelta(days=days)) for days in group)
        for group in ([client], authorities)
        if group != [None]
    ]
    certificate = "" if client is None else ends[0]
    return ClusterAccess("https://hl1.kommune.example", ends[-1] if authorities else "", certificate, "", "")


@pytest.mark.parametrize(
    ("client", "authorities", "ok", "note", "found"),
    [
        (400, [900], True, False, "the client's certificate ends first, on 2027-12-31"),
        (29, [900], False, True, "the client's certificate ends on 2026-12-25, in 29 days"),
        (-1, [900], False, False, "the client's certificate ended on 2026-11-25"),
        (400, [10], False, True, "the cluster's authority ends on 2026-12-06, in 10 days"),
        (400, [-5], False, False, "the cluster's authority ended on 2026-11-21"),
        (400, [-5, 900], True, False, "the client's certificate ends first"),
        (None, [900], True, False, "the cluster's authority ends first"),
        (None, [], True, False, "none in the kubeconfig"),
    ],
)
def test_what_ends_first_is_judged(
    client: int | None, authorities: list[int], ok: bool, note: bool, found: str
) -> None:
    told = check("hl1: certificates of platform", access(client, *authorities), NOW)
    assert (told.ok, told.optional) == (ok, note)
    assert told.found.startswith(found)
    assert bool(told.next_step) is not ok


def test_what_is_no_certificate_is_told() -> None:
    told = check(
        "hl1: certificates of platform", ClusterAccess("https://hl1.kommune.example", "", "no PEM", "", ""), NOW
    )
    assert not told.ok
    assert told.found == "one cannot be read"
