"""A small HTTP client for the Kubernetes API: one cluster, one identity.

Belongs here: requests, paging and server-side apply. Which objects are read or written, and what they should look
like, belongs to the rooms above; whether it is the right cluster to ``kogge.clusters.connect``.

Bodies are never logged: they may hold Secrets.
Sources: https://kubernetes.io/docs/reference/using-api/api-concepts/ (paging, dry run) and
https://kubernetes.io/docs/reference/using-api/server-side-apply/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import urllib3

from kogge.clusters.answer import decoded, refusal, unreachable
from kogge.clusters.errors import ApiError, ApiNotFound
from kogge.clusters.kinds import api_path
from kogge.clusters.kubeconfig import read_kubeconfig
from kogge.clusters.transport import Transport
from kogge.json_value import JsonObject, items_at, text_at

PAGE_SIZE: Final = 500
_JSON: Final = "application/json"
_APPLY: Final = "application/apply-patch+yaml"
_MERGE_PATCH: Final = "application/merge-patch+json"


class KubeApi:
    """One cluster seen by one identity; safe to use from several threads.

    A class because it holds the way there and what discovery answered.
    """

    def __init__(self, server: str, transport: Transport) -> None:
        self.server = server
        self._transport = transport
        self._resources: dict[str, list[JsonObject]] = {}

    @classmethod
    def from_kubeconfig(
        cls, path: Path, *, data_root: Path | None = None, timeout: float = 30.0, retry: bool = True
    ) -> KubeApi:
        """Return a client for the current context of the kubeconfig at ``path``.

        ``timeout`` is seconds per request; ``retry`` repeats reads (never writes) three times when
        the server is busy or the connection breaks. A kubeconfig inside of ``data_root`` may name no program. A login
        program is run with the first request. Raises :class:`KubeconfigError`.
        """
        access = read_kubeconfig(path, data_root=data_root)
        return cls(access.server, Transport(access, path, timeout=timeout, retry=retry))

    def get(self, path: str, **query: str) -> JsonObject:
        """Return the object at ``path``, such as ``/api/v1/namespaces/kube-system``. Raises :class:`ApiError`."""
        return decoded(self._request("GET", path, query))

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
        return decoded(self._request("PATCH", self.path_of(manifest), query, body=manifest, content_type=_APPLY))

    def post(self, path: str, body: Mapping[str, object], *, dry_run: bool = False) -> JsonObject:
        """Create ``body`` in the collection at ``path`` and return what the server stored. Raises :class:`ApiError`."""
        return decoded(self._request("POST", path, _dry(dry_run), body=body))

    def patch(
        self, path: str, body: Mapping[str, object], *, content_type: str = _MERGE_PATCH, dry_run: bool = False
    ) -> JsonObject:
        """Patch the object at ``path`` (JSON merge patch unless told otherwise). Raises :class:`ApiError`."""
        return decoded(self._request("PATCH", path, _dry(dry_run), body=body, content_type=content_type))

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
        base = api_path(api_version)
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
        headers = {
            "Accept": _JSON,
            "User-Agent": "kogge",
            **({"Content-Type": content_type} if body is not None else {}),
        }
        try:
            response = self._transport.request(
                method, url, body=None if body is None else json.dumps(body), headers=headers
            )
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.server, error) from error
        if response.status >= 300:
            raise refusal(method, path, response)
        return response


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
