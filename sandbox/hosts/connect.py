"""Connect to a TCP port inside a network namespace and hand the socket to ssh (``ProxyUseFdpass``).

Run by ssh as ``connect.py NAMESPACE HOST PORT``; stdout is the socket to pass the connection over. It ends before the
first byte of the connection, so nothing is relayed.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
CONNECT_SECONDS = 5.0


def connect(namespace: str, host: str, port: int) -> socket.socket:
    """Return a connection to ``host:port`` made inside the network namespace ``namespace``.

    Raises :class:`OSError`: no such namespace, not root, or no answer.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(handle, CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), namespace)
    finally:
        os.close(handle)
    connection = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    connection.setblocking(True)
    return connection


def main() -> None:
    """Pass one connection to the process on the other end of stdout."""
    namespace, host, port = sys.argv[1:4]
    try:
        connection = connect(namespace, host, int(port))
    except OSError as error:
        sys.exit(f"connect to {host} port {port} in namespace {namespace}: {error}")
    with socket.socket(fileno=os.dup(sys.stdout.fileno())) as ssh:
        socket.send_fds(ssh, [b"\0"], [connection.fileno()])


if __name__ == "__main__":
    main()
