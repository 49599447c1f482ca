"""Reads a kubeconfig: where a cluster is, who we are there, and the TLS that follows from both.

Which kubeconfig belongs to which identity of a cluster stands in ``kogge.clusters.identity``; a login program is run by
``kogge.clusters.login``. What is not understood is refused: a setting that is passed over could be one that matters.
Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from kogge.clusters.errors import KubeconfigError
from kogge.clusters.login import LoginProgram, login_program
from kogge.json_value import Json, JsonObject, items_at, text_at
from kogge.regular import read_regular

_CLUSTER: Final = frozenset(
    {
        "server",
        "certificate-authority",
        "certificate-authority-data",
        "proxy-url",
        "tls-server-name",
        "disable-compression",
        "extensions",
    }
)
_USER: Final = frozenset(
    {
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
        "token",
        "tokenFile",
        "exec",
        "extensions",
    }
)
_FILES: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_LARGEST: Final = 1 << 20
"""Bytes of a kubeconfig, or of a file that it names."""
_ABSENT: Final[tuple[Json, ...]] = (None, "", False, [], {})


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """Where a cluster is and who we are there, as one kubeconfig context says it. Holds key material."""

    server: str
    ca_pem: str
    certificate_pem: str
    key_pem: str
    token: str
    proxy: str = ""
    """URL of the proxy on the way, ``http://`` or ``https://``; ``""``: none."""
    tls_server_name: str = ""
    """The name that the server's certificate must have, where it is not the one in ``server``."""
    login: LoginProgram | None = None
    """What gives the certificate or the token, where the kubeconfig holds none."""

    def __repr__(self) -> str:
        """Name the server only: the other fields are secrets."""
        return f"Access(server={self.server!r})"


def read_kubeconfig(path: Path, *, data_root: Path | None = None) -> ClusterAccess:
    """Return the access that the current context of the kubeconfig at ``path`` describes; no program is run.

    Certificates may be embedded or given by path (relative to the file). A kubeconfig inside of ``data_root`` comes
    from whoever writes there: it may name neither a program nor a file outside.

    :raises KubeconfigError: something is missing, cannot be read, is not understood or not allowed there.
    """
    config = _parsed(path)
    context = _named(config, "contexts", "context", text_at(config, "current-context"))
    cluster = _named(config, "clusters", "cluster", text_at(context, "cluster"))
    user = _named(config, "users", "user", text_at(context, "user"))
    server = text_at(cluster, "server")
    if not server.startswith("https://"):
        raise KubeconfigError(
            f"{path}: the current context names no https:// server",
            hint="set current-context to a context whose cluster has one",
        )
    for refused in _refused(cluster, user):
        raise KubeconfigError(f"{path}: {refused}", hint="take it out of the kubeconfig, or use another one")
    login = login_program(path, user["exec"], cluster) if user.get("exec") else None
    if data_root is not None:
        _stay_inside(path, data_root, cluster, user, login)
    return ClusterAccess(
        server=server.rstrip("/"),
        ca_pem=_material(path, cluster, "certificate-authority"),
        certificate_pem=_material(path, user, "client-certificate"),
        key_pem=_material(path, user, "client-key"),
        token=_material(path, user, "tokenFile") or text_at(user, "token"),
        proxy=text_at(cluster, "proxy-url"),
        tls_server_name=text_at(cluster, "tls-server-name"),
        login=login,
    )


def _parsed(path: Path) -> Json:
    try:
        # A kubeconfig may be a link; what it leads to is a file of ordinary size, or not read.
        config: Json = yaml.safe_load(read_regular(path.resolve(), limit=_LARGEST))
    except FileNotFoundError as error:
        raise KubeconfigError(
            f"no kubeconfig at {path}", hint="start the sandbox with 'kogge sandbox up', or correct the path"
        ) from error
    except OSError as error:
        raise KubeconfigError(
            f"cannot read the kubeconfig {path}: {error.strerror}", hint="correct the file or its permissions"
        ) from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise KubeconfigError(
            f"cannot read the kubeconfig {path}: it is no YAML ({type(error).__name__})",
            hint="correct the file or its permissions",
        ) from error
    return config


def _refused(cluster: JsonObject, user: JsonObject) -> Iterator[str]:
    """Yield what a kubeconfig asks for and this client does not do."""
    if cluster.get("insecure-skip-tls-verify"):
        yield "insecure-skip-tls-verify: whoever stands in between would be believed"
    for key in sorted(cluster.keys() - _CLUSTER):
        if cluster[key] not in _ABSENT:
            yield f"cluster.{key} is not supported"
    for key in sorted(user.keys() - _USER):
        if user[key] not in _ABSENT:
            yield f"user.{key} is not supported"
    proxy = text_at(cluster, "proxy-url")
    if proxy and urlsplit(proxy).scheme not in {"http", "https"}:
        yield f"proxy-url with the scheme {urlsplit(proxy).scheme!r} is not supported: http and https are"


def is_inside(path: Path, data_root: Path) -> bool:
    """Tell whether a path lies in the data root, by its name or by where its links lead: both can be written there."""
    named = Path(os.path.normpath(path.absolute()))
    return named.is_relative_to(data_root.absolute()) or path.resolve().is_relative_to(data_root.resolve())


def _stay_inside(
    path: Path, data_root: Path, cluster: JsonObject, user: JsonObject, login: LoginProgram | None
) -> None:
    """Refuse what a kubeconfig may not say where it lies, and a program that the data root would bring."""
    if not is_inside(path, data_root):
        if login is not None and is_inside(login.program or path, data_root):
            raise KubeconfigError(
                f"{path}: the login program {login.command} lies in the data root",
                hint="name a program of this machine: whoever writes the data root could change that one",
            )
        return
    if login is not None:
        raise KubeconfigError(
            f"{path}: names the login program {login.command}, and lies in the data root",
            hint="keep it outside, for instance in /etc/kogge, and name it there in platform.yaml",
        )
    for holder in (cluster, user):
        for key in _FILES:
            named = text_at(holder, key)
            if named and not is_inside(path.parent / named, data_root):
                raise KubeconfigError(
                    f"{path}: {key} names {named}, outside of the data root in which the kubeconfig lies",
                    hint="embed it, or keep the kubeconfig outside, too",
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
            content = read_regular((kubeconfig.parent / named).resolve(), limit=_LARGEST)
            return content.decode("ascii").strip() + "\n"
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise KubeconfigError(
            f"{kubeconfig}: {key} cannot be read ({type(error).__name__})", hint="write the kubeconfig again"
        ) from error
    return ""


def tls_context(access: ClusterAccess, path: Path, *, certificate_pem: str = "", key_pem: str = "") -> ssl.SSLContext:
    """Return TLS with the cluster's authority and our certificate; ``path`` is what an error names.

    ``certificate_pem`` and ``key_pem`` are those of a login, in the place of the kubeconfig's own.

    :raises KubeconfigError: a certificate or key cannot be used.
    """
    certificate, key = certificate_pem or access.certificate_pem, key_pem or access.key_pem
    try:
        context = ssl.create_default_context(cadata=access.ca_pem or None)
        if certificate:
            # OpenSSL reads a key from files only; this one lives as long as the call, mode 0600.
            with tempfile.NamedTemporaryFile("w", prefix="kogge-", suffix=".pem") as pem:
                pem.write(certificate + "\n" + key)
                pem.flush()
                context.load_cert_chain(pem.name)
    except (ssl.SSLError, OSError) as error:
        raise KubeconfigError(
            f"{path}: a certificate or key in it is not usable ({error})", hint="write the kubeconfig again"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
