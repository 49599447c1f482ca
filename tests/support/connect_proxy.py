"""A forward proxy as companies have one: it does CONNECT, knows names of its own, and may ask for a password."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class ConnectProxy:
    """The proxy while it runs."""

    names: Mapping[str, int]
    """Name -> port on this machine."""
    account: str = ""
    """``user:password`` that it asks for; ``""``: it asks for nothing."""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """The targets it was asked for, in their order."""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ")
            self.asked.append(f"{method} {target}")
            wanted = f"proxy-authorization: basic {base64.b64encode(self.account.encode()).decode()}".lower()
            if self.account and wanted not in [line.lower() for line in lines]:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            name = target.rpartition(":")[0]
            if method != "CONNECT" or name not in self.names:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.names[name]), timeout=10) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_relay, args=(server, client), daemon=True)
                back.start()
                _relay(client, server)
                back.join(timeout=10)


def _relay(source: socket.socket, sink: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@contextmanager
def connect_proxy(names: Mapping[str, int], *, account: str = "") -> Iterator[ConnectProxy]:
    """Run a proxy while the block does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = ConnectProxy(names, account, listener.getsockname()[1])
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield proxy
