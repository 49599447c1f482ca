"""The model of one ``catalogue/<service>.yaml``: a shared application, its versions and what it needs."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kogge.estate.models.values import (
    Bytes,
    Cpu,
    HostName,
    ImageReference,
    Line,
    Model,
    Name,
    Port,
    PortName,
    VersionName,
    written,
)

VariableName = Annotated[str, written(r"^[A-Z][A-Z0-9_]{0,62}$", "an environment variable in capital letters")]
DirectoryPath = Annotated[
    str, written(r"^(?:/[a-z0-9_-]+)+$", "an absolute path of lower-case letters, digits, _ and -")
]


class VersionState(StrEnum):
    """Whether a version may be run."""

    CURRENT = "current"
    DEPRECATED = "deprecated"
    """Still runs, ``validate`` warns."""
    WITHDRAWN = "withdrawn"
    """May not run any more: a tenant that names it is refused."""


class Version(Model):
    """One released version of a service."""

    image: ImageReference
    """The image by digest, registry/name@sha256:… with 64 hexadecimal digits: a tag could come to mean another."""
    state: VersionState = VersionState.CURRENT
    """Whether it may be run."""
    released: date
    """The day it was put into the catalogue."""


class Container(Model):
    """What one replica asks for and may use at most; CPU in cores, memory in bytes."""

    cpu_request: Cpu
    """Cores that are kept for it."""
    memory_request: Bytes
    """Memory that is kept for it."""
    cpu_limit: Cpu
    """Cores it may use at most."""
    memory_limit: Bytes
    """Memory it may use at most."""


class Replicas(Model):
    """How many replicas run, and between which bounds an operator may scale them (section 7: delegated)."""

    default: int = Field(ge=1, le=20)
    """Where nobody scaled."""
    minimum: int = Field(default=1, ge=1)
    """Fewest that an operator may scale to."""
    maximum: int = Field(ge=1, le=20)
    """Most that an operator may scale to; the quota has room for them."""
    surge: int = Field(default=1, ge=0, le=5)
    """Extra pods during a rollout."""


class ServicePort(Model):
    """A TCP port on which the service listens."""

    name: PortName
    """2 to 15 lower-case letters, digits and single hyphens; offers name the port so."""
    port: Port
    """A TCP port of the container."""
    browser: bool = False
    """Reached through the ingress."""
    grantable: bool = False
    """Another tenant's space may be granted a pod path to it."""


class Volume(Model):
    """A persistent volume claim of the space."""

    name: PortName
    """2 to 15 lower-case letters, digits and single hyphens; the claim is called so."""
    size: Bytes
    """Bytes, as a Kubernetes quantity."""
    storage_class: HostName
    """A storage class of the cluster's capacity."""
    mount: DirectoryPath
    """Where the container sees it: an absolute path."""


class SecretPurpose(StrEnum):
    """Values that are derived for a service and reach it as environment variables."""

    DATABASE_PASSWORD = "database-password"  # noqa: S105 (a purpose, no password)
    """The password of the service's database role."""
    SESSION_KEY = "session-key"
    """Signs the sessions of the application."""


class Application(Model):
    """One application of the catalogue."""

    name: Name
    """The stem of the file; what tenants name in `use`."""
    title: Line
    """What people call it."""
    purpose: Line
    """What it is for, in one sentence."""
    versions: dict[VersionName, Version] = Field(min_length=1)
    """Version in quotes -> image."""
    container: Container
    """What one replica takes."""
    replicas: Replicas
    """How many run."""
    ports: tuple[ServicePort, ...] = Field(min_length=1)
    """Where it listens."""
    health_path: Annotated[str, written(r"^/[A-Za-z0-9/_.-]*$", "a path that starts with /")] = "/healthz"
    """A path that starts with / and answers 200 when a replica is well."""
    ready_seconds: int = Field(default=180, ge=10, le=1800)
    """How long a rollout may take until the new replicas answer."""
    database: bool = False
    """The service has a PostgreSQL database on the tenant's database host."""
    secrets: dict[VariableName, SecretPurpose] = Field(default_factory=dict)
    """Environment variable -> derived value."""
    settings: dict[VariableName, str] = Field(default_factory=dict)
    """Environment variable -> plain value, the same for every tenant."""
    volumes: tuple[Volume, ...] = ()
    """What it keeps."""
    writable: tuple[DirectoryPath, ...] = ()
    """Paths that are writable scratch space; the root file system is read-only."""
    shareable: bool = False
    """A tenant may offer it to others."""

    @property
    def browser_port(self) -> ServicePort | None:
        """The port behind the ingress, if the service has one."""
        return next((port for port in self.ports if port.browser), None)
