"""The certificates in the kubeconfigs: until when they hold. No cluster is asked and no login program is run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from kogge.clusters.identity import Identity, kubeconfig_path
from kogge.clusters.kubeconfig import ClusterAccess, read_kubeconfig
from kogge.doctor.check import Check, Section
from kogge.errors import KoggeError
from kogge.estate.estate import Estate

NOTICE: Final = timedelta(days=30)
"""How long before its end a certificate is told of."""


def checks(estate: Estate, name: str) -> list[Check]:
    """Return one check per identity of a cluster whose kubeconfig can be read; the others are told of elsewhere."""
    found: list[Check] = []
    for identity in Identity:
        try:
            access = read_kubeconfig(kubeconfig_path(estate, name, identity), data_root=estate.root)
        except KoggeError:
            continue
        found.append(check(f"{name}: certificates of {identity}", access, datetime.now(UTC)))
    return found


def check(title: str, access: ClusterAccess, now: datetime) -> Check:
    """Judge the client's certificate and the cluster's authority; what ends within :data:`NOTICE` is a note."""
    expected = f"good for {NOTICE.days} days more"
    step = "write the kubeconfig again, or renew the authority, in time"
    try:
        ends = _ends(access)
    except ValueError:
        return Check(Section.CLUSTER, title, False, "one cannot be read", "PEM", "write the kubeconfig again")
    if not ends:
        return Check(Section.CLUSTER, title, True, "none in the kubeconfig", expected, "")
    until, what = min(ends)
    day = until.date().isoformat()
    if until <= now:
        return Check(Section.CLUSTER, title, False, f"{what} ended on {day}", expected, step)
    if until - now < NOTICE:
        found = f"{what} ends on {day}, in {(until - now).days} days"
        return Check(Section.CLUSTER, title, False, found, expected, step, optional=True)
    return Check(Section.CLUSTER, title, True, f"{what} ends first, on {day}", expected, "")


def _ends(access: ClusterAccess) -> list[tuple[datetime, str]]:
    """Return when each certificate ends, and which it is. Of several authorities the last to end counts."""
    ends = (
        [(_first(access.certificate_pem).not_valid_after_utc, "the client's certificate")]
        if access.certificate_pem
        else []
    )
    authorities = x509.load_pem_x509_certificates(access.ca_pem.encode()) if access.ca_pem else []
    if authorities:
        ends.append((max(authority.not_valid_after_utc for authority in authorities), "the cluster's authority"))
    return ends


def _first(pem: str) -> x509.Certificate:
    """Return the client's own certificate: the first of a chain."""
    return x509.load_pem_x509_certificate(pem.encode())
