"""A small TLS server in the place of an apiserver: it knows clients by certificate and says which cluster it is.

For what is asked of a cluster before anything else; what an apiserver does beyond that is tested on a real one.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from kogge.estate import Estate
from sandbox.controlplane import certificates, kubeconfig
from sandbox.controlplane.state import State, create
from tests.support.estate_files import EstateFiles

UID = "11111111-1111-4111-8111-111111111111"


@dataclass
class UidServer:
    """A server that says which cluster it is."""

    state: State
    """Where the kubeconfigs that lead to it are."""
    uid: str = UID
    port: int = 0
    asked_by: list[str] = field(default_factory=list)
    """Common names of the clients' certificates, one per request."""
    without_rights: set[str] = field(default_factory=set)
    """Common names whose requests are forbidden."""

    @property
    def kubeconfigs(self) -> Path:
        """The directory with the kubeconfigs of ``admin``, ``provisioner`` and ``nightly``."""
        return self.state.kubeconfig("admin").parent


class _Answer(BaseHTTPRequestHandler):
    def __init__(self, *args: object, facts: UidServer) -> None:
        self.facts = facts
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the namespace ``kube-system`` and a version, whatever was asked."""
        assert isinstance(self.connection, ssl.SSLSocket)
        presented = x509.load_der_x509_certificate(self.connection.getpeercert(binary_form=True) or b"")
        (name,) = (str(entry.value) for entry in presented.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
        self.facts.asked_by.append(name)
        if name in self.facts.without_rights:
            self._say(403, {"kind": "Status", "reason": "Forbidden", "message": f"{name} may not"})
        else:
            self._say(200, {"metadata": {"name": "kube-system", "uid": self.facts.uid}, "gitVersion": "v1.37.2"})

    def _say(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def uid_server(directory: Path, uid: str = UID) -> Iterator[UidServer]:
    """Run a server whose certificates and kubeconfigs are in ``directory``."""
    state = State(directory / "state")
    create(state)
    certificates.ensure(state)
    facts = UidServer(state, uid)
    authority, own = certificates.certificate_path(state, "ca"), certificates.certificate_path(state, "apiserver")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own, certificates.key_path(state, "apiserver"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answer, facts=facts)) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        facts.port = listening.server_port
        kubeconfig.ensure(state, facts.port)
        threading.Thread(target=lambda: listening.serve_forever(poll_interval=0.05), daemon=True).start()
        yield facts
        listening.shutdown()


def estate_at(files: EstateFiles, directory: Path | str, uid: dict[str, str]) -> Estate:
    """Return the base estate with its cluster's kubeconfigs in ``directory``, as the files write it."""
    with files.edit("platform.yaml") as platform:
        cluster = platform["clusters"]["hl1"]
        cluster.pop("kube_system_uid_file")
        names = {"platform": "admin", "provisioner": "provisioner", "nightly": "nightly"}
        cluster["kubeconfig"] = {key: f"{directory}/{name}.yaml" for key, name in names.items()}
        cluster |= uid
    return files.load()
