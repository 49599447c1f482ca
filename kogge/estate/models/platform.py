"""The model of ``platform.yaml``: clusters, hosts, sites, registries, plans, keys and state."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from kogge.estate.models.nightly import Nightly
from kogge.estate.models.values import (
    Address,
    Bytes,
    ClusterName,
    Cpu,
    HostName,
    Hostname,
    Line,
    MailAddress,
    Model,
    Network,
    PlanName,
    Port,
    SiteName,
    written,
)

RelativePath = Annotated[str, StringConstraints(min_length=1)]
"""A path; a relative one is taken from the data root."""


Country = Annotated[str, written(r"^[A-Z]{2}$", "a country by two capital letters, such as DE")]


class Protection(StrEnum):
    """Protection need (Schutzbedarf, BSI-Standard 200-2, chapter 8.2)."""

    NORMAL = "normal"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def rank(self) -> int:
        """Order of the levels, from 0."""
        return list(Protection).index(self)


class Site(Model):
    """A place where machines stand; residency is judged by its country (ISO 3166-1 alpha-2)."""

    country: Country
    """Two capital letters, such as DE."""
    title: Line
    """What people call it."""


class Kubeconfigs(Model):
    """One kubeconfig per identity, each by path, so that a changed address replaces nothing.

    One that names a login program lies outside of the data root.
    """

    platform: RelativePath
    """Applies the ``platform`` stack."""
    provisioner: RelativePath
    """Applies tenants."""
    nightly: RelativePath
    """Only reads."""


class Enforcement(StrEnum):
    """Whether a network plugin enforces NetworkPolicies in the cluster."""

    ENFORCED = "enforced"
    SIMULATED = "simulated"
    """Pods are simulated (kwok): policies are proved, not enforced."""


class ClusterNetwork(Model):
    """Ranges and plugin of a cluster."""

    enforcement: Enforcement
    """Whether policies are enforced."""
    pods: tuple[Network, ...] = Field(min_length=1)
    """Ranges of pod addresses."""
    services: tuple[Network, ...] = Field(min_length=1)
    """Ranges of service addresses."""
    nodes: tuple[Network, ...] = Field(min_length=1)
    """Ranges of node addresses."""


class Selected(Model):
    """Pods of a namespace, selected by labels."""

    namespace: str
    """Where the pods run."""
    labels: dict[str, str] = Field(min_length=1)
    """Labels of the pods."""


class Ingress(Model):
    """The ingress class that serves browsers, and where its pods run."""

    class_name: str
    """The ingress class."""
    namespace: str
    """Where its pods run."""
    labels: dict[str, str] = Field(min_length=1)
    """Labels of its pods."""
    addresses: tuple[Address, ...] = ()
    """Addresses that browsers reach."""


class Capacity(Model):
    """What the cluster may be filled with."""

    cpu: Cpu
    """Cores that requests may add up to."""
    memory: Bytes
    """Memory that requests may add up to."""
    storage: dict[str, Bytes]
    """Storage class -> bytes."""


class Cluster(Model):
    """A Kubernetes cluster and what Kogge relies on there; ``doctor`` checks it."""

    site: SiteName
    """Where its nodes stand; a site of this file."""
    kubeconfig: Kubeconfigs
    """One per identity."""
    kube_system_uid: Annotated[str, written(r"^[0-9a-f-]{36}$", "the uid of the namespace kube-system")] | None = None
    """The uid of the namespace ``kube-system``: a command that writes refuses a cluster with another one."""
    kube_system_uid_file: RelativePath | None = None
    """The same out of a file, for clusters that are made anew (the sandbox)."""
    kubernetes: Annotated[str, written(r"^1\.[0-9]{2}$", "a minor version in quotes, such as 1.37")]
    """Minor version; Pod Security is pinned to it."""
    network: ClusterNetwork
    """Ranges and plugin."""
    dns: Selected
    """The pods that answer DNS."""
    ingress: Ingress
    """The pods that answer browsers."""
    oidc_issuer: str
    """Who vouches for groups."""
    capacity: Capacity
    """What it may be filled with."""
    protection: Protection = Protection.NORMAL
    """The highest protection need that the cluster was assessed for."""

    @model_validator(mode="after")
    def _one_uid(self) -> Self:
        if (self.kube_system_uid is None) == (self.kube_system_uid_file is None):
            raise ValueError("exactly one of kube_system_uid and kube_system_uid_file is needed")
        return self


class DatabaseCapacity(Model):
    """What a database host may be filled with."""

    connections: int = Field(ge=10, le=10000)
    """Sum over the databases of all tenants."""
    storage: Bytes
    """Sum over the databases of all tenants."""


class HostRole(StrEnum):
    """What a host is for; each role is one Ansible role and one host document."""

    BASELINE = "baseline"
    DATABASE = "database"
    EDGE = "edge"
    VPN = "vpn"
    BACKUP = "backup"


class Host(Model):
    """A Debian machine."""

    site: SiteName
    """Where it stands; a site of this file."""
    address: Address
    """Its address in the platform's own network."""
    roles: tuple[HostRole, ...] = Field(min_length=1)
    """What it is for; every host has `baseline`."""
    memory: Bytes = "4Gi"
    """Its memory."""
    ssh_port: Port = 22
    """Where sshd listens."""
    databases: DatabaseCapacity | None = None
    """Needed on hosts with the role ``database``."""


AccountName = Annotated[str, written(r"^[a-z_][a-z0-9_-]{0,30}$", "the name of an account")]
SshKey = Annotated[
    str,
    written(
        r"^(?:sk-)?ssh-ed25519(?:@openssh\.com)? [A-Za-z0-9+/]+=*(?: [^\r\n]+)?$",
        "an ed25519 public key as in authorized_keys",
    ),
]
"""A public key as it stands in an ``authorized_keys`` file, without options."""


class NightlyAccess(Model):
    """How the nightly check reaches the hosts: an account that can start one read-only program and nothing else."""

    user: AccountName = "kogge-nightly"
    """The account; ``kogge up`` makes it."""
    authorized_keys: tuple[SshKey, ...] = ()
    """Public keys that may log in to it; other ones than those of Kogge, which open root."""
    authorized_keys_file: RelativePath | None = None
    """The same out of a file, for keys that are made anew (the sandbox)."""
    identity_file: RelativePath
    """The private key that the nightly check uses."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _require_one_source(self)
        return self


class HostAccess(Model):
    """How Kogge reaches the hosts by ssh."""

    user: AccountName = "kogge"
    """The account that every host has from its installation; it may become root by sudo."""
    networks: tuple[Network, ...] = Field(min_length=1)
    """From where ssh is let in."""
    authorized_keys: tuple[SshKey, ...] = ()
    """Public keys that may log in."""
    authorized_keys_file: RelativePath | None = None
    """The same out of a file, for keys that are made anew (the sandbox)."""
    identity_file: RelativePath
    """The private key this machine uses."""
    known_hosts_file: RelativePath
    """Pinned host keys; a host that is not in it is refused."""
    nightly: NightlyAccess | None = None
    """The identity of the nightly check; without it the hosts are not read."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _require_one_source(self)
        return self

    @model_validator(mode="after")
    def _nightly_is_another(self) -> Self:
        nightly = self.nightly
        if nightly is None:
            return self
        if nightly.user in (self.user, "root"):
            raise ValueError("the account of the nightly check must be another one than that of Kogge")
        files = {self.identity_file, self.authorized_keys_file}
        if {nightly.identity_file, nightly.authorized_keys_file} & (files - {None}) or _bare(self) & _bare(nightly):
            raise ValueError("the nightly check must have a key of its own: the other one opens root")
        return self


def _require_one_source(login: HostAccess | NightlyAccess) -> None:
    if bool(login.authorized_keys) == (login.authorized_keys_file is not None):
        raise ValueError("exactly one of authorized_keys and authorized_keys_file is needed")


def _bare(login: HostAccess | NightlyAccess) -> set[str]:
    """Return the keys of a login without their comments."""
    return {key.split()[1] for key in login.authorized_keys}


PackageMirror = Annotated[
    str, written(r"^https?://[a-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._-]+)+/?$", "a URL such as https://HOST/debian")
]
"""A mirror of Debian as it stands in ``sources.list``."""


class Registry(Model):
    """A container registry from which images may come."""

    site: SiteName
    """Where its images are kept; a site of this file."""


class DatabaseLimits(Model):
    """Limits of each of a tenant's databases."""

    connections: int = Field(ge=1, le=1000)
    """Connections to one database."""
    statement_timeout_seconds: int = Field(ge=1, le=3600)
    """After which a statement is cancelled."""
    size: Bytes
    """Bytes of one database."""


class Plan(Model):
    """A size that a tenant can have: sums over its spaces, database limits, price."""

    cpu: Cpu
    """Cores over all spaces."""
    memory: Bytes
    """Memory over all spaces."""
    storage: Bytes
    """Volumes over all spaces."""
    pods: int = Field(ge=1)
    """Pods over all spaces."""
    database: DatabaseLimits
    """Limits of each database."""
    price_eur_month: Annotated[str, written(r"^[0-9]+\.[0-9]{2}$", "euros and cents with a point, such as 290.00")]
    """Euros and cents with a point, in quotes, such as 290.00."""


class Recipient(Model):
    """A public age key that every master key is encrypted to."""

    name: Line
    """Who or what holds the identity."""
    recipient: Annotated[str, written(r"^age1[02-9ac-hj-np-z]{58}$", "an age public key, age1…")]
    """An age public key, age1…."""
    offline: bool = False
    """Kept away from every machine; at least one recipient is."""


class Keys(Model):
    """Where master keys lie and who can read them."""

    directory: RelativePath = "keys"
    """Where master keys lie, encrypted."""
    identity: RelativePath
    """The age identity file this machine decrypts with; the environment variable ``KOGGE_IDENTITY`` goes first."""
    pin: RelativePath | None = None
    """The pinned public key of this platform: an absolute path, or one in a home directory, outside the data root.

    The environment variable ``KOGGE_KEYS_PIN`` goes first; without both it is ``<identity>.pin`` beside the identity.
    """
    recipients: tuple[Recipient, ...] = ()
    """Who can decrypt them."""
    recipients_file: RelativePath | None = None
    """A YAML list of the same entries, for identities that are made anew (the sandbox)."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.recipients) == (self.recipients_file is not None):
            raise ValueError("exactly one of recipients and recipients_file is needed")
        return self


class State(Model):
    """Where Pulumi keeps its state: whatever ``pulumi login`` takes.

    A relative ``file://`` is taken from the data root.
    """

    backend: Annotated[str, written(r"^[a-z0-9]+://", "a state backend with its scheme, such as file://.kogge/state")]
    """Where the state of all stacks lies, with its scheme."""


class Residency(Model):
    """Countries in which data may be kept."""

    countries: tuple[Country, ...] = Field(min_length=1)
    """ISO 3166-1 alpha-2."""


class Platform(Model):
    """The whole of ``platform.yaml``."""

    title: Line
    """What reports call the platform."""
    contact: MailAddress
    """Mail address of whoever runs the platform."""
    domain: Hostname
    """Every hostname of a tenant ends in it."""
    residency: Residency
    """Where data may be kept."""
    state: State
    """Where Pulumi keeps its state."""
    keys: Keys
    """Where master keys lie."""
    sites: dict[SiteName, Site]
    """Name -> place."""
    registries: dict[Hostname, Registry]
    """Host name -> registry."""
    clusters: dict[ClusterName, Cluster] = Field(min_length=1)
    """Name -> cluster."""
    hosts: dict[HostName, Host] = Field(default_factory=dict)
    """Name -> machine."""
    host_access: HostAccess | None = None
    """How Kogge reaches the hosts."""
    time_servers: tuple[Hostname, ...] = ()
    """NTP servers of the hosts; none: Debian's own default."""
    package_mirrors: tuple[PackageMirror, ...] = ()
    """Where the hosts take packages of Debian from; none: from any mirror, for packages are signed."""
    vpn_network: Network
    """Addresses of the VPN peers are taken from here."""
    plans: dict[PlanName, Plan] = Field(min_length=1)
    """Name -> size."""
    nightly: Nightly = Nightly()
    """How the nightly check runs."""
