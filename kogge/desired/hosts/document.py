"""A host's state as Ansible gets it: one document per role, JSON with :class:`~kogge.derived.Derived` in it; pure.

Belongs here: the form. Nothing is decided: every key is a part of the state under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from kogge.derived import Derived
from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.state import HostState, RoleState
from kogge.desired.objects import HostDocument
from kogge.estate.models.platform import HostRole

ROLE_ORDER: Final[Mapping[HostRole, int]] = {
    HostRole.BASELINE: 0,
    HostRole.DATABASE: 1,
    HostRole.BACKUP: 2,
    HostRole.VPN: 3,
    HostRole.EDGE: 4,
}
"""In which order roles are applied; removal goes backwards."""


def role_documents(state: HostState) -> tuple[HostDocument, ...]:
    """Return the document of every role of a host, in their order."""
    return tuple(
        HostDocument(state.name, role.role, _content(state, role), ROLE_ORDER[role.role]) for role in state.roles
    )


def _content(state: HostState, role: RoleState) -> dict[str, Any]:
    content: dict[str, Any] = {
        "host": {"name": state.name, "address": state.address},
        "files": role.files,
        "access_files": [file.path for file in role.managed if file.decides_access],
        "packages": role.packages,
        "units": role.units,
        "accounts": role.accounts,
        "places": role.places,
        "listening": role.listening,
    }
    if role.system is not None:
        content |= {"system": role.system}
    if role.database is not None:
        content |= {"database": role.database, "verifiers": role.verifiers}
    plain: dict[str, Any] = _plain(content)
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 (any value of a state becomes a value of JSON)
    """Return a part of the state as JSON; a secret stays what it is, by name."""
    if isinstance(value, Derived):
        return value
    if isinstance(value, ManagedFile):
        return value.document()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
