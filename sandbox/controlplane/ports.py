"""The ports of one sandbox: chosen once, kept, and checked before something is started on them."""

from __future__ import annotations

import json
import random
import socket
from contextlib import suppress

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from kogge.atomic import write_atomically
from sandbox.controlplane.state import State
from sandbox.fault import SandboxError

LOWEST, HIGHEST = 16400, 32000
"""Below the range that Linux gives to outgoing connections (32768 up), so that a kept port stays free over a reboot."""


class PortTaken(SandboxError):  # noqa: N818 - reads as what happened
    """A kept port is in use by a process that is not ours."""


class Ports(BaseModel):
    """TCP ports on 127.0.0.1."""

    model_config = ConfigDict(frozen=True)

    apiserver: int
    etcd_client: int
    etcd_peer: int


def kept(state: State) -> Ports | None:
    """Return the ports that were chosen, or ``None`` when none are recorded readably."""
    try:
        return Ports.model_validate_json(state.ports_file.read_bytes())
    except (OSError, ValidationError):
        return None


def ensure(state: State, *, new: bool = False) -> Ports:
    """Return the kept ports of ``state``; choose free ones where there are none yet, or when ``new``."""
    recorded = None if new else kept(state)
    if recorded is not None:
        return recorded
    if state.ports_file.exists() and not new:
        raise SandboxError(f"{state.ports_file} is damaged", hint="choose new ports: kogge sandbox up --new-ports")
    chosen = _free_ports(3)
    ports = Ports(apiserver=chosen[0], etcd_client=chosen[1], etcd_peer=chosen[2])
    write_atomically(state.ports_file, json.dumps(ports.model_dump()) + "\n")
    return ports


def _free_ports(count: int) -> list[int]:
    """Return ``count`` ports that nobody listens on now."""
    candidates = random.SystemRandom().sample(range(LOWEST, HIGHEST), 200)
    free = [port for port in candidates if is_free(port)][:count]
    if len(free) < count:
        raise SandboxError(
            f"no free ports between {LOWEST} and {HIGHEST} on 127.0.0.1",
            hint="stop what listens there, then run it again",
        )
    return free


def is_free(port: int) -> bool:
    """Say whether a server could listen on ``port`` of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT after a restart counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(port: int, component: str) -> None:
    """Raise :class:`PortTaken`, with who has it, unless ``component`` can listen on ``port``."""
    if not is_free(port):
        raise PortTaken(
            f"port {port} of the sandbox's {component} is taken by {_owner(port)}",
            hint="stop that program, or choose other ports: kogge sandbox up --new-ports",
        )


def _owner(port: int) -> str:
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid:
                    return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
                break
    return "another user's program"
