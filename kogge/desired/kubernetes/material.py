"""What the workload of a space is given: account, settings, secrets, claims."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from kogge.derived import Derived, Encoded, Purpose, plain
from kogge.desired.kubernetes.network import POSTGRESQL_PORT
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import SKIP_AWAIT
from kogge.desired.objects import Concern, DesiredObject, Order, Removal
from kogge.estate.models.catalogue import SecretPurpose
from kogge.json_value import pointer

ACCOUNT = "app"
SETTINGS = "settings"
SECRETS = "secrets"
PULL_SECRET = "registry"  # noqa: S105 (the name of an object)

_PURPOSES = {
    SecretPurpose.DATABASE_PASSWORD: Purpose.DATABASE_PASSWORD,
    SecretPurpose.SESSION_KEY: Purpose.SESSION_KEY,
}


def account(space: TenantSpace) -> DesiredObject:
    """Return the ServiceAccount of the pods: it has no token, for no application talks to the apiserver."""
    body = {"automountServiceAccountToken": False, "imagePullSecrets": [{"name": PULL_SECRET}]}
    return space.desired(space.manifest("ServiceAccount", ACCOUNT, body), Concern.WORKLOAD, Order.MATERIAL)


def settings(space: TenantSpace) -> Mapping[str, str]:
    """Return the plain environment of the workload, ordered by name."""
    values = {
        "PUBLIC_HOSTNAME": space.service.hostname or "",
        "TENANT_NAME": space.tenant.name,
        "TENANT_TITLE": space.tenant.body.official_name,
        **space.application.settings,
    }
    if space.application.database:
        host = space.estate.platform.hosts[space.tenant.placement.database_host]
        values |= {
            "DATABASE_HOST": str(host.address),
            "DATABASE_NAME": space.name,
            "DATABASE_PORT": str(POSTGRESQL_PORT),
            # The server's certificate is its own. Who does not know the password's verifier cannot pretend to be it:
            # https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING
            "DATABASE_CHANNEL_BINDING": "require",
            "DATABASE_SSLMODE": "require",
            "DATABASE_USER": space.name,
        }
    return dict(sorted(values.items()))


def secrets(space: TenantSpace) -> Mapping[str, Encoded]:
    """Return the secret environment of the workload, ordered by name."""
    return {
        variable: plain(Derived(space.tenant.name, _PURPOSES[purpose], space.service.use))
        for variable, purpose in sorted(space.application.secrets.items())
    }


def environment_digest(space: TenantSpace) -> str:
    """Return a digest that changes when the environment does, so that pods are rolled; it holds no secret."""
    names = {variable: value.identity() for variable, value in secrets(space).items()}
    text = json.dumps([settings(space), names], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _docker_config(space: TenantSpace) -> Encoded:
    """Return the pull-only account of the tenant at every registry, as kubelet reads it.

    Each has a password of its own: a registry that is broken into knows none of another one's.
    """
    registries = sorted(space.estate.platform.registries)
    accounts = {name: {"password": "\0", "username": space.tenant.name} for name in registries}
    text = json.dumps({"auths": accounts}, separators=(",", ":"))
    template = text.replace("{", "{{").replace("}", "}}").replace(json.dumps("\0")[1:-1], "{}")
    return Encoded(template, tuple(_password(space, name) for name in registries), label="dockerconfigjson")


def _password(space: TenantSpace, registry: str) -> Derived:
    """Return the password at a registry; whatever its name holds, two names give two parts, and no ``/``."""
    return Derived(space.tenant.name, Purpose.REGISTRY_PASSWORD, quote(registry, safe=""))


def materials(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield account, settings, secrets and claims."""
    yield account(space)
    plain = space.manifest("ConfigMap", SETTINGS, {"data": dict(settings(space))})
    yield space.desired(plain, Concern.WORKLOAD, Order.MATERIAL)
    if secrets(space):
        yield _secret(space, SECRETS, "Opaque", secrets(space))
    yield _secret(space, PULL_SECRET, "kubernetes.io/dockerconfigjson", {".dockerconfigjson": _docker_config(space)})
    for volume in space.application.volumes:
        body = {
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": volume.size}},
                "storageClassName": volume.storage_class,
            }
        }
        manifest = space.manifest("PersistentVolumeClaim", volume.name, body, SKIP_AWAIT)
        yield space.desired(manifest, Concern.WORKLOAD, Order.MATERIAL, removal=Removal.STAGED)


def _secret(space: TenantSpace, name: str, kind: str, data: Mapping[str, Any]) -> DesiredObject:
    manifest = space.manifest("Secret", name, {"type": kind, "data": dict(data)})
    paths = tuple(pointer(("data", key)) for key in data)
    return space.desired(manifest, Concern.WORKLOAD, Order.MATERIAL, sensitive_paths=paths)
