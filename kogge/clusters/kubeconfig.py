"""Reads a kubeconfig: where a cluster is, who we are there, and the TLS that follows from both.

Which kubeconfig belongs to which identity of a cluster stands in ``kogge.clusters.identity``.
"""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from kogge.clusters.errors import KubeconfigError
from kogge.json_value import Json, JsonObject, items_at, text_at


@dataclass(frozen=True, slots=True)
class Access:
    """Where a cluster is and who we are there, as one kubeconfig context says it. Holds key material."""

    server: str
    ca_pem: str
    certificate_pem: str
    key_pem: str
    token: str

    def __repr__(self) -> str:
        """Name the server only: the other fields are secrets."""
        return f"Access(server={self.server!r})"


def read_kubeconfig(path: Path) -> Access:
    """Return the access that the current context of the kubeconfig at ``path`` describes.

    Certificates may be embedded or given by path (relative to the file). Raises
    :class:`KubeconfigError` for anything missing, and for ``exec`` and ``auth-provider`` users.
    """
    try:
        config: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KubeconfigError(
            f"no kubeconfig at {path}", hint="start the sandbox with 'kogge sandbox up', or correct the path"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KubeconfigError(
            f"cannot read the kubeconfig {path}: {error}", hint="correct the file or its permissions"
        ) from error
    context = _named(config, "contexts", "context", text_at(config, "current-context"))
    cluster = _named(config, "clusters", "cluster", text_at(context, "cluster"))
    user = _named(config, "users", "user", text_at(context, "user"))
    server = text_at(cluster, "server")
    if not server.startswith("https://"):
        raise KubeconfigError(
            f"{path}: the current context names no https:// server",
            hint="set current-context to a context whose cluster has one",
        )
    if "exec" in user or "auth-provider" in user:
        raise KubeconfigError(
            f"{path}: user {text_at(context, 'user')!r} needs a login program",
            hint="use a kubeconfig with a client certificate or a token",
        )
    return Access(
        server=server.rstrip("/"),
        ca_pem=_material(path, cluster, "certificate-authority"),
        certificate_pem=_material(path, user, "client-certificate"),
        key_pem=_material(path, user, "client-key"),
        token=text_at(user, "token") or _material(path, user, "tokenFile"),
    )


def _named(config: Json, section: str, inner: str, name: str) -> JsonObject:
    for entry in items_at(config, section):
        found = entry.get(inner)
        if entry.get("name") == name and isinstance(found, dict):
            return found
    return {}


def _material(kubeconfig: Path, holder: JsonObject, key: str) -> str:
    """Return PEM or token text from ``<key>-data`` (base64) or the file ``key`` names; ``""`` without either."""
    try:
        if embedded := text_at(holder, f"{key}-data"):
            return base64.b64decode(embedded, validate=True).decode("ascii")
        if named := text_at(holder, key):
            return (kubeconfig.parent / named).read_text(encoding="ascii").strip() + "\n"
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise KubeconfigError(
            f"{kubeconfig}: {key} cannot be read ({type(error).__name__})", hint="write the kubeconfig again"
        ) from error
    return ""


def tls_context(access: Access, path: Path) -> ssl.SSLContext:
    """Return TLS with the cluster's authority and our certificate; ``path`` is what an error names.

    :raises KubeconfigError: a certificate or key cannot be used.
    """
    try:
        context = ssl.create_default_context(cadata=access.ca_pem or None)
        if access.certificate_pem:
            # OpenSSL reads a key from files only; this one lives as long as the call, mode 0600.
            with tempfile.NamedTemporaryFile("w", prefix="kogge-", suffix=".pem") as pem:
                pem.write(access.certificate_pem + access.key_pem)
                pem.flush()
                context.load_cert_chain(pem.name)
    except (ssl.SSLError, OSError) as error:
        raise KubeconfigError(
            f"{path}: a certificate or key in it is not usable ({error})", hint="write the kubeconfig again"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
