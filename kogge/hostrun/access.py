"""How this machine reaches the hosts: the paths of ``host_access``, resolved, and the keys read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kogge.desired.hosts import LoginKeys
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import HostAccess, HostRole, NightlyAccess, SshKey
from kogge.hostrun.way_in import connect_program

_KEY: TypeAdapter[str] = TypeAdapter(SshKey)


@dataclass(frozen=True, slots=True)
class Target:
    """One host as ssh and Ansible see it."""

    name: str
    address: IPv4Address
    port: int
    roles: tuple[HostRole, ...]


@dataclass(frozen=True, slots=True)
class SshAccess:
    """Everything a run needs to get into the hosts."""

    user: str
    identity_file: Path
    known_hosts_file: Path
    connect: Path | None
    """The program through which ssh connects; see :mod:`kogge.hostrun.way_in`."""
    targets: Mapping[str, Target]


def open_access(estate: Estate, *, pinned: bool = True) -> SshAccess:
    """Return how the hosts of the estate are reached; before the first host is pinned there is no file of their keys.

    :raises KoggeError: ``platform.yaml`` does not say how, a file it names is not there, or the program through which
        ssh connects could be somebody else's.
    """
    settings = _settings(estate)
    return _opened(estate, settings, settings, pinned=pinned)


def open_nightly_access(estate: Estate) -> SshAccess:
    """Return how the nightly check reaches the hosts: with its own account and key, which open one program alone.

    :raises KoggeError: ``platform.yaml`` does not say how, or a file it names is not there.
    """
    settings = _settings(estate)
    if settings.nightly is None:
        raise KoggeError(
            "the hosts were not read: platform.yaml names no identity for it (host_access.nightly)",
            hint="add it with a key of its own, then run 'kogge up': docs/how-to/hosts.md",
        )
    return _opened(estate, settings, settings.nightly, pinned=True)


def _opened(estate: Estate, settings: HostAccess, login: HostAccess | NightlyAccess, *, pinned: bool) -> SshAccess:
    identity, known_hosts = estate.path(login.identity_file), estate.path(settings.known_hosts_file)
    # For both identities the machine has one way in.
    connect = connect_program(estate.path(settings.identity_file))
    missing = [
        str(path) for path in (identity, known_hosts if pinned else None) if path is not None and not path.exists()
    ]
    if missing:
        raise KoggeError(
            f"the hosts cannot be reached: {', '.join(missing)} is not there",
            hint="start them ('kogge sandbox up --hosts'), or correct host_access in platform.yaml",
        )
    targets = {
        name: Target(name, host.address, host.ssh_port, host.roles) for name, host in estate.platform.hosts.items()
    }
    return SshAccess(login.user, identity, known_hosts, connect, targets)


def authorized_keys(estate: Estate) -> LoginKeys:
    """Return the public keys that may log in to the hosts, in the order of their source.

    :raises KoggeError: a file of them is not there or holds something else.
    """
    settings = _settings(estate)
    nightly = () if settings.nightly is None else _keys(estate, settings.nightly)
    return LoginKeys(_keys(estate, settings), nightly)


def _keys(estate: Estate, source: HostAccess | NightlyAccess) -> tuple[str, ...]:
    if source.authorized_keys_file is None:
        return source.authorized_keys
    path = estate.path(source.authorized_keys_file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(_KEY.validate_python(line.strip()) for line in lines if line.strip())
    except OSError as error:
        raise KoggeError(
            f"{path}: no authorized keys there: {error.strerror}",
            hint="start the hosts ('kogge sandbox up --hosts'), leave them out ('kogge up --no-hosts'), "
            "or name the keys in platform.yaml",
        ) from error
    except ValidationError as error:
        raise KoggeError(f"{path}: holds a line that is no ed25519 public key", hint="one key per line") from error


def _settings(estate: Estate) -> HostAccess:
    if estate.platform.host_access is None:
        raise KoggeError("platform.yaml does not say how hosts are reached", hint="add host_access to it")
    return estate.platform.host_access
