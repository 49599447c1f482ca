"""A small HTTP client for the Kubernetes API: one cluster, one identity.

Belongs here: reading a kubeconfig, TLS, paging, server-side apply and the errors a caller can tell
apart. Which objects are read or written, and what they should look like, belongs to the rooms above.

Bodies are never logged: they may hold Secrets.
Sources: https://kubernetes.io/docs/reference/using-api/api-concepts/ (paging, dry run, status
codes) and https://kubernetes.io/docs/reference/using-api/server-side-apply/.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import urllib3
import yaml

from kogge.errors import KoggeError
from kogge.json_value import Json, JsonObject, at, items_at, text_at

PAGE_SIZE: Final = 500
_JSON: Final = "application/json"
_APPLY: Final = "application/apply-patch+yaml"
_MERGE_PATCH: Final = "application/merge-patch+json"
_FEW_RETRIES: Final = urllib3.Retry(
    total=3,
    backoff_factor=0.2,
    allowed_methods=frozenset({"GET"}),
    status_forcelist=(429, 502, 503, 504),
    raise_on_status=False,
)


class KubeconfigError(KoggeError):
    """A kubeconfig is missing, unreadable, or asks for something this client does not do."""


class ApiError(KoggeError):
    """The apiserver did not do what was asked.

    ``status`` is the HTTP status (0 when no answer came), ``reason`` the machine-readable word of
    the Status object, such as ``NotFound`` or ``Forbidden``.
    """

    def __init__(self, message: str, *, status: int = 0, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class ApiUnreachable(ApiError):  # noqa: N818 - reads as what happened
    """No verified answer came: nothing listens, TLS failed, or the time ran out."""


class ApiRefused(ApiError):  # noqa: N818
    """The cluster decided against it: 403 (RBAC, quota, Pod Security) or 422 (validation, admission policy)."""


class ApiNotFound(ApiError):  # noqa: N818
    """The object or the resource type does not exist (404)."""


class ApiConflict(ApiError):  # noqa: N818
    """The object exists already, changed meanwhile, or belongs to another field manager (409)."""


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


def _tls_context(access: Access, path: Path) -> ssl.SSLContext:
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


class KubeApi:
    """One cluster seen by one identity; safe to use from several threads.

    A class because it holds the connection pool and what discovery answered.
    """

    def __init__(self, access: Access, context: ssl.SSLContext, *, timeout: float, retry: bool) -> None:
        self.server = access.server
        headers = {"Accept": _JSON, "User-Agent": "kogge"}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token.strip()}"
        self._pool = urllib3.PoolManager(
            maxsize=8,
            headers=headers,
            ssl_context=context,
            timeout=urllib3.Timeout(connect=min(timeout, 5.0), read=timeout),
            retries=_FEW_RETRIES if retry else False,
        )
        self._resources: dict[str, list[JsonObject]] = {}

    @classmethod
    def from_kubeconfig(cls, path: Path, *, timeout: float = 30.0, retry: bool = True) -> KubeApi:
        """Return a client for the current context of the kubeconfig at ``path``.

        ``timeout`` is seconds per request; ``retry`` repeats reads (never writes) three times when
        the server is busy or the connection breaks. Raises :class:`KubeconfigError`.
        """
        access = read_kubeconfig(path)
        return cls(access, _tls_context(access, path), timeout=timeout, retry=retry)

    def get(self, path: str, **query: str) -> JsonObject:
        """Return the object at ``path``, such as ``/api/v1/namespaces/kube-system``. Raises :class:`ApiError`."""
        return _decoded(self._request("GET", path, query))

    def text(self, path: str) -> str:
        """Return the plain text at ``path``, such as ``/readyz``. Raises :class:`ApiError`."""
        return self._request("GET", path, {}).data.decode("utf-8", "replace")

    def list_all(
        self, path: str, *, limit: int = PAGE_SIZE, label_selector: str = "", field_selector: str = ""
    ) -> list[JsonObject]:
        """Return every object of the collection at ``path``, such as ``/api/v1/pods``, page by page.

        The server leaves ``apiVersion`` and ``kind`` out of list items; they are filled in. When the
        server forgets the list half way (410), it is read once more from the start, unpaged.
        """
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        query = {"limit": str(limit), **{key: value for key, value in selectors.items() if value}}
        found: list[JsonObject] = []
        while True:
            try:
                page = self.get(path, **query)
            except ApiError as error:
                if error.status != 410 or "continue" not in query:
                    raise
                found, query = [], {key: value for key, value in query.items() if key not in {"limit", "continue"}}
                continue
            kind = {"apiVersion": page.get("apiVersion"), "kind": text_at(page, "kind").removesuffix("List")}
            found += [{**kind, **item} for item in items_at(page, "items")]
            token = text_at(page, "metadata", "continue")
            if not token:
                return found
            query["continue"] = token

    def apply(
        self, manifest: Mapping[str, object], *, field_manager: str, dry_run: bool = False, force: bool = True
    ) -> JsonObject:
        """Apply ``manifest`` on the server as ``field_manager`` and return the object as the server has it.

        ``dry_run`` passes admission and stores nothing. Without ``force`` a field that another
        manager owns raises :class:`ApiConflict`.
        """
        query = {
            "fieldManager": field_manager,
            "fieldValidation": "Strict",
            "force": str(force).lower(),
            **_dry(dry_run),
        }
        return _decoded(self._request("PATCH", self.path_of(manifest), query, body=manifest, content_type=_APPLY))

    def post(self, path: str, body: Mapping[str, object], *, dry_run: bool = False) -> JsonObject:
        """Create ``body`` in the collection at ``path`` and return what the server stored. Raises :class:`ApiError`."""
        return _decoded(self._request("POST", path, _dry(dry_run), body=body))

    def patch(
        self, path: str, body: Mapping[str, object], *, content_type: str = _MERGE_PATCH, dry_run: bool = False
    ) -> JsonObject:
        """Patch the object at ``path`` (JSON merge patch unless told otherwise). Raises :class:`ApiError`."""
        return _decoded(self._request("PATCH", path, _dry(dry_run), body=body, content_type=content_type))

    def delete(self, path: str, *, dry_run: bool = False, propagation: str = "Background") -> None:
        """Delete the object at ``path``; what it owns follows. Raises :class:`ApiNotFound` when it is not there."""
        self._request("DELETE", path, {"propagationPolicy": propagation, **_dry(dry_run)})

    def path_of(self, manifest: Mapping[str, object]) -> str:
        """Return the URL path of the object that ``manifest`` names; its resource is looked up once per API version.

        A namespaced manifest without a namespace means ``default``, as in kubectl.
        """
        api_version, kind = str(manifest.get("apiVersion", "")), str(manifest.get("kind", ""))
        metadata = manifest.get("metadata")
        names = metadata if isinstance(metadata, Mapping) else {}
        base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if api_version not in self._resources:
            self._resources[api_version] = items_at(self.get(base), "resources")
        for resource in self._resources[api_version]:
            plural = text_at(resource, "name")
            if resource.get("kind") == kind and "/" not in plural:
                scope = f"/namespaces/{names.get('namespace') or 'default'}" if resource.get("namespaced") else ""
                return f"{base}{scope}/{plural}/{names.get('name', '')}"
        raise ApiNotFound(
            f"{self.server} does not serve {kind} in {api_version}",
            status=404,
            reason="NotFound",
            hint="the cluster is older than the manifest, or a definition is missing",
        )

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        body: Mapping[str, object] | None = None,
        content_type: str = _JSON,
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {**self._pool.headers, "Content-Type": content_type} if body is not None else None
        try:
            response = self._pool.request(
                method, url, body=None if body is None else json.dumps(body), headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise ApiUnreachable(
                f"no answer from {self.server}: {_transport_reason(error)}",
                hint="is the cluster running, and is this kubeconfig its own? ('kogge sandbox status', 'kogge doctor')",
            ) from error
        if response.status >= 300:
            raise _refusal(method, path, response)
        return response


def has_condition(manifest: JsonObject, wanted: str) -> bool:
    """Say whether the status of ``manifest`` has the condition ``wanted``, such as ``Ready``, with the value True."""
    conditions = items_at(manifest, "status", "conditions")
    return any(entry.get("type") == wanted and entry.get("status") == "True" for entry in conditions)


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _decoded(response: urllib3.BaseHTTPResponse) -> JsonObject:
    try:
        value: Json = json.loads(response.data)
    except ValueError as error:
        raise ApiError(
            "the apiserver's answer is not JSON", status=response.status, hint="is a proxy in between?"
        ) from error
    return value if isinstance(value, dict) else {}


def _transport_reason(error: urllib3.exceptions.HTTPError) -> str:
    cause: BaseException | None = error
    if isinstance(error, urllib3.exceptions.MaxRetryError):
        cause = error.reason
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return "it took too long"
    if isinstance(cause, urllib3.exceptions.SSLError):
        return f"TLS failed ({cause})"
    return type(cause).__name__


def _refusal(method: str, path: str, response: urllib3.BaseHTTPResponse) -> ApiError:
    """Return the error for an answer that is no success, in the server's own words."""
    try:
        status: Json = json.loads(response.data)
    except ValueError:
        status = None
    message, reason = text_at(status, "message"), text_at(status, "reason")
    if at(status, "kind") != "Status":
        # Something that is no apiserver answers in its own words: those are not repeated.
        message = f"HTTP {response.status}"
    text = f"{method} {path}: {message or reason or f'HTTP {response.status}'}"
    match response.status:
        case 401:
            return ApiError(
                text,
                status=401,
                reason=reason,
                hint="the cluster does not know this identity; write its kubeconfig again",
            )
        case 403 | 422:
            return ApiRefused(text, status=response.status, reason=reason)
        case 404:
            return ApiNotFound(text, status=404, reason=reason)
        case 409:
            return ApiConflict(text, status=409, reason=reason)
        case _:
            return ApiError(text, status=response.status, reason=reason)
