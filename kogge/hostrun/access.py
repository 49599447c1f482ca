"""How this machine reaches the hosts: the paths of ``host_access``, resolved, and the keys read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.estate.models.platform import HostAccess, HostRole, SshKey
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
class Access:
    """Everything a run needs to get into the hosts."""

    user: str
    identity_file: Path
    known_hosts_file: Path
    connect: Path | None
    """The program through which ssh connects; see :mod:`kogge.hostrun.way_in`."""
    targets: Mapping[str, Target]


def open_access(estate: Estate, *, pinned: bool = True) -> Access:
    """Return how the hosts of the estate are reached; before the first host is pinned there is no file of their keys.

    :raises KoggeError: ``platform.yaml`` does not say how, a file it names is not there, or the program through which
        ssh connects could be somebody else's.
    """
    settings = _settings(estate)
    identity, known_hosts = estate.path(settings.identity_file), estate.path(settings.known_hosts_file)
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
    return Access(settings.user, identity, known_hosts, connect_program(identity), targets)


def authorized_keys(estate: Estate) -> tuple[str, ...]:
    """Return the public keys that may log in to the hosts, in the order of their source.

    :raises KoggeError: the file is not there or holds something else.
    """
    settings = _settings(estate)
    if settings.authorized_keys_file is None:
        return settings.authorized_keys
    path = estate.path(settings.authorized_keys_file)
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
