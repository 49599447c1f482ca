"""A way to the apiserver that breaks after so many bytes: what a check meets when a server dies under it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml


@contextlib.contextmanager
def dying_proxy(kubeconfig: Path, copy: Path, *, after: int) -> Iterator[Path]:
    """Forward connections until the server has sent ``after`` bytes, then break all and take no more.

    Yields a kubeconfig that leads through the proxy. TLS is the server's own: the certificate names 127.0.0.1.
    """
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster = config["clusters"][0]["cluster"]
    target = urlsplit(cluster["server"])
    listener = socket.create_server(("127.0.0.1", 0))
    cluster["server"] = f"https://127.0.0.1:{listener.getsockname()[1]}"
    copy.write_text(yaml.safe_dump(config), encoding="utf-8")
    proxy = _Proxy(listener, (str(target.hostname), int(target.port or 443)), after)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield copy
    finally:
        proxy.die()
        thread.join(timeout=5)


class _Proxy:
    def __init__(self, listener: socket.socket, target: tuple[str, int], after: int) -> None:
        self._listener, self._target, self._left = listener, target, after
        self._open: list[socket.socket] = [listener]

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                if counted:
                    self._left -= len(data)
                    if self._left < 0:
                        self.die()
                        return
                sink.sendall(data)

    def die(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
