"""What an answer of an apiserver means: a JSON object, or the error that it is.

Sources: https://kubernetes.io/docs/reference/using-api/api-concepts/ (status codes).
"""

from __future__ import annotations

import json

import urllib3

from kogge.clusters.errors import ApiConflict, ApiError, ApiNotFound, ApiRefused, ApiUnreachable
from kogge.json_value import Json, JsonObject, at, text_at
from kogge.visible import visible


def decoded(response: urllib3.BaseHTTPResponse) -> JsonObject:
    """Return the object in a successful answer. Raises :class:`ApiError` for what is not JSON."""
    try:
        value: Json = json.loads(response.data)
    except ValueError as error:
        raise ApiError(
            "the apiserver's answer is not JSON", status=response.status, hint="is a proxy in between?"
        ) from error
    return value if isinstance(value, dict) else {}


def unreachable(server: str, error: urllib3.exceptions.HTTPError) -> ApiUnreachable:
    """Return the error for an answer that never came."""
    return ApiUnreachable(
        f"no answer from {server}: {_transport_reason(error)}",
        hint="is the cluster running, and is this kubeconfig its own? ('kogge sandbox status', 'kogge doctor')",
    )


def _transport_reason(error: urllib3.exceptions.HTTPError) -> str:
    cause: BaseException | None = error
    if isinstance(error, urllib3.exceptions.MaxRetryError):
        cause = error.reason
    if isinstance(cause, urllib3.exceptions.ProxyError):
        return f"the proxy of the kubeconfig does not let us through ({visible(str(cause.original_error))})"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return "it took too long"
    if isinstance(cause, urllib3.exceptions.SSLError):
        return f"TLS failed ({cause})"
    return type(cause).__name__


def refusal(method: str, path: str, response: urllib3.BaseHTTPResponse) -> ApiError:
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
