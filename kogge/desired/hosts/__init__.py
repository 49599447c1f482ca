"""What must be true on the hosts: one document per host and role; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from kogge.desired.hosts.baseline import baseline_content
from kogge.desired.hosts.database import database_content, database_openings
from kogge.desired.hosts.firewall import Opening
from kogge.desired.objects import HostDocument
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import Host, HostRole

ROLE_ORDER: Final[dict[HostRole, int]] = {
    HostRole.BASELINE: 0,
    HostRole.DATABASE: 1,
    HostRole.BACKUP: 2,
    HostRole.VPN: 3,
    HostRole.EDGE: 4,
}
"""In which order roles are applied; removal goes backwards."""


def host_documents(estate: Estate, authorized_keys: Sequence[str]) -> tuple[HostDocument, ...]:
    """Return every document of every host, ordered by role, then host.

    ``authorized_keys`` are the public keys that may log in: those of ``host_access``, read at the edge.

    :raises KoggeError: there are hosts, but ``platform.yaml`` does not say how they are reached.
    """
    documents = [
        document
        for name, host in sorted(estate.platform.hosts.items())
        for role in host.roles
        for document in _documents(estate, name, host, role, authorized_keys)
    ]
    return tuple(sorted(documents, key=lambda document: (document.order, document.host)))


def _documents(estate: Estate, name: str, host: Host, role: HostRole, keys: Sequence[str]) -> tuple[HostDocument, ...]:
    access = estate.platform.host_access
    if access is None:
        raise KoggeError("platform.yaml has hosts but no host_access", hint="say there how they are reached by ssh")
    match role:
        case HostRole.BASELINE:
            openings = _openings(estate, name, host)
            content = baseline_content(name, host, estate.platform, access, keys, openings)
        case HostRole.DATABASE:
            content = database_content(estate, name, host)
        case HostRole.EDGE | HostRole.VPN | HostRole.BACKUP:
            # These hosts are baselined; nothing listens on them yet.
            return ()
        case _:
            assert_never(role)
    return (HostDocument(name, role, content, ROLE_ORDER[role]),)


def _openings(estate: Estate, name: str, host: Host) -> tuple[Opening, ...]:
    return database_openings(estate, name) if HostRole.DATABASE in host.roles else ()
