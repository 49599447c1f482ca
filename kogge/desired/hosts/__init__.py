"""What must be true on the hosts: one state per host, which all of its roles build; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from kogge.desired.hosts.baseline import baseline_contribution
from kogge.desired.hosts.database import database_contribution, database_openings
from kogge.desired.hosts.document import ROLE_ORDER, role_documents
from kogge.desired.hosts.firewall import Opening
from kogge.desired.hosts.nightly import DATABASE_QUESTION, QUESTION, question_file
from kogge.desired.hosts.question import database_question, facts_question
from kogge.desired.hosts.ssh import LoginKeys
from kogge.desired.hosts.state import HostState, RoleState
from kogge.desired.objects import HostDocument
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import Host, HostAccess, HostRole

__all__ = ["ROLE_ORDER", "HostState", "LoginKeys", "RoleState", "host_documents", "host_states", "in_order"]


def host_states(estate: Estate, keys: LoginKeys) -> tuple[HostState, ...]:
    """Return the state of every host, ordered by name.

    :raises KoggeError: there are hosts, but ``platform.yaml`` does not say how they are reached.
    """
    hosts = sorted(estate.platform.hosts.items())
    access = estate.platform.host_access
    if hosts and access is None:
        raise KoggeError("platform.yaml has hosts but no host_access", hint="say there how they are reached by ssh")
    return tuple(_state(estate, access, name, host, keys) for name, host in hosts if access is not None)


def host_documents(estate: Estate, keys: LoginKeys) -> tuple[HostDocument, ...]:
    """Return what Ansible gets of every host, as :func:`in_order` has it.

    :raises KoggeError: as :func:`host_states`.
    """
    return in_order(host_states(estate, keys))


def in_order(states: Iterable[HostState]) -> tuple[HostDocument, ...]:
    """Return every document of some hosts, ordered by role, then host."""
    documents = [document for state in states for document in role_documents(state)]
    return tuple(sorted(documents, key=lambda document: (document.order, document.host)))


def _state(estate: Estate, access: HostAccess, name: str, host: Host, keys: LoginKeys) -> HostState:
    found = (_role(estate, access, name, host, role, keys) for role in sorted(host.roles, key=lambda r: ROLE_ORDER[r]))
    state = HostState(name, str(host.address), tuple(role for role in found if role is not None))
    return state if access.nightly is None else _asked(state)


def _asked(state: HostState) -> HostState:
    """Return a state whose roles also own the files in which stands what the check asks of them."""
    roles = []
    for role in state.roles:
        asked = list(role.files.get("nightly", ()))
        if role.system is not None:
            asked.append(question_file(QUESTION, facts_question(state).document()))
        if role.database is not None:
            asked.append(question_file(DATABASE_QUESTION, database_question(role.database).document()))
        roles.append(replace(role, files={**role.files, "nightly": tuple(asked)}) if asked else role)
    return replace(state, roles=tuple(roles))


def _role(
    estate: Estate, access: HostAccess, name: str, host: Host, role: HostRole, keys: LoginKeys
) -> RoleState | None:
    match role:
        case HostRole.BASELINE:
            return baseline_contribution(host, estate.platform, access, keys, _openings(estate, name, host))
        case HostRole.DATABASE:
            return database_contribution(estate, name, host)
        case HostRole.EDGE | HostRole.VPN | HostRole.BACKUP:
            # These hosts are baselined; nothing listens on them yet.
            return None
        case _:
            assert_never(role)


def _openings(estate: Estate, name: str, host: Host) -> tuple[Opening, ...]:
    return database_openings(estate, name) if HostRole.DATABASE in host.roles else ()
