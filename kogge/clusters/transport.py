"""Carries requests to one apiserver under one identity: connections, proxy, TLS, and the credential of a login.

What is asked belongs to ``kogge.clusters.api``, what an answer means to ``kogge.clusters.answer``.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import urllib3

from kogge.clusters.errors import KubeconfigError, LoginError
from kogge.clusters.kubeconfig import ClusterAccess, tls_context
from kogge.clusters.login import Credential, login_of

_FEW_RETRIES: Final = urllib3.Retry(
    total=3,
    backoff_factor=0.2,
    allowed_methods=frozenset({"GET"}),
    status_forcelist=(429, 502, 503, 504),
    raise_on_status=False,
)


class Transport:
    """The way to one cluster for one identity; safe to use from several threads.

    A class because it holds connections, and the credential that they were made with.
    """

    def __init__(self, access: ClusterAccess, path: Path, *, timeout: float, retry: bool) -> None:
        """Prepare the way; nothing is asked and no program is run yet.

        :raises KubeconfigError: a certificate or key of the kubeconfig at ``path`` cannot be used.
        """
        self._access, self._path, self._retry = access, path, retry
        self._timeout = urllib3.Timeout(connect=min(timeout, 5.0), read=timeout)
        self._login = login_of(access.login) if access.login is not None else None
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._pool = self._connections(tls_context(access, path))

    def request(
        self, method: str, url: str, *, body: str | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        """Send one request and return the answer, whatever its status.

        A credential of a login that the server does not take (401) is fetched once more.

        :raises urllib3.exceptions.HTTPError: no answer came.
        :raises LoginError: the login failed.
        """
        if self._login is None:
            return self._send(self._pool, self._access.token, method, url, body, headers)
        credential = self._login.credential()
        response = self._send(self._pool_of(credential), credential.token, method, url, body, headers)
        if response.status == 401:
            credential = self._login.credential(instead_of=credential)
            response = self._send(self._pool_of(credential), credential.token, method, url, body, headers)
        return response

    def _send(
        self, pool: urllib3.PoolManager, token: str, method: str, url: str, body: str | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        bearer = {"Authorization": f"Bearer {token.strip()}"} if token else {}
        return pool.request(method, url, body=body, headers={**headers, **bearer}, redirect=False)

    def _pool_of(self, credential: Credential) -> urllib3.PoolManager:
        """Return connections that were made with a credential: its certificate belongs to the connection."""
        with self._lock:
            if self._credential is not credential:
                if credential.certificate_pem:
                    self._pool = self._connections(self._context(credential))
                self._credential = credential
            return self._pool

    def _context(self, credential: Credential) -> ssl.SSLContext:
        try:
            return tls_context(
                self._access, self._path, certificate_pem=credential.certificate_pem, key_pem=credential.key_pem
            )
        except KubeconfigError as error:
            raise LoginError(
                f"{self._path}: the login program gave a certificate or key that is not usable", hint=error.hint
            ) from error

    def _connections(self, context: ssl.SSLContext) -> urllib3.PoolManager:
        settings: dict[str, Any] = {
            "maxsize": 8,
            "ssl_context": context,
            "timeout": self._timeout,
            "retries": _FEW_RETRIES if self._retry else False,
        }
        if self._access.tls_server_name:
            # Sent as SNI, and what the certificate is checked against: the context checks names.
            settings["server_hostname"] = self._access.tls_server_name
        if not self._access.proxy:
            return urllib3.PoolManager(**settings)
        proxy = urlsplit(self._access.proxy)
        account = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else None
        return urllib3.ProxyManager(
            f"{proxy.scheme}://{proxy.netloc.rpartition('@')[2]}",
            proxy_headers=urllib3.make_headers(proxy_basic_auth=account),
            proxy_ssl_context=ssl.create_default_context(),
            **settings,
        )
