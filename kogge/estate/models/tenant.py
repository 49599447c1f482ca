"""The model of one ``tenants/<name>.yaml``: a partner body and its hosting."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Discriminator, Field, Tag

from kogge.estate.models.body import Body
from kogge.estate.models.data_protection import DataProtection
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
    Name,
    Network,
    OidcSubject,
    PlanName,
    Port,
    PortName,
    VersionName,
    written,
)

TenantName = Name
PublicKey = Annotated[
    str, written(r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", "a WireGuard public key: 44 characters, the last is =")
]
Endpoint = Annotated[str, written(r"^[0-9a-z.-]+:[0-9]{1,5}$", "address:port, for instance 203.0.113.17:51820")]
ServiceName = Name


_MANY: Final = 100
"""More entries than this in one list of a tenant file are a mistake."""


class Stage(StrEnum):
    """The life of a tenant."""

    PILOT = "pilot"
    """Runs until an end date within a quota cap."""
    MEMBER = "member"
    LEAVING = "leaving"
    """Read-only; its data is being exported."""
    CLOSED = "closed"
    """Deleted; the key is destroyed."""


class Pilot(Model):
    """The bounds of the stage ``pilot``."""

    ends: date
    """The last day; before it the pilot becomes a member or leaves."""
    share: Annotated[int, Field(ge=1, le=100)] = 50
    """The quota cap in percent of the plan."""


class Leaving(Model):
    """The dates of the stages ``leaving`` and ``closed``."""

    since: date
    """From this day on the services are read-only and the export runs."""
    delete_after: date
    """The day from which the data may be deleted; it follows from ``data_protection.at_end``."""


class Freeze(Model):
    """Days on which nothing of the tenant is changed: an election, a year-end closing."""

    start: date = Field(alias="from")
    """The first day."""
    until: date
    """The last day."""
    why: Line
    """The reason."""


class Contacts(Model):
    """Whom to reach."""

    platform: MailAddress
    """Who is told of maintenance and of findings."""
    data_protection: MailAddress
    """The data protection officer (GDPR Art. 37)."""
    breach: MailAddress | None = None
    """Where a personal data breach is notified (GDPR Art. 33); default: ``data_protection``."""


class Operator(Model):
    """Who runs the platform side for a body; the operator is not the controller."""

    by: TenantName
    """The tenant whose staff does it."""
    since: date
    """From this day on."""


class Placement(Model):
    """Where a tenant lives: written once by ``tenant new``, never computed at deploy."""

    cluster: ClusterName
    """A cluster of platform.yaml."""
    database_host: HostName
    """A host of platform.yaml with the role `database`."""
    vpn_address: Address | None = None
    """The peer address of the partner, out of `vpn_network` of platform.yaml."""


class Access(Model):
    """Groups of the partner's own identity provider."""

    operators: Annotated[tuple[OidcSubject, ...], Field(max_length=_MANY)] = ()
    """Look, read logs, delete or evict pods, scale within bounds."""
    viewers: Annotated[tuple[OidcSubject, ...], Field(max_length=_MANY)] = ()
    """Look."""


class Vpn(Model):
    """The partner's WireGuard peer."""

    public_key: PublicKey
    """The partner's WireGuard public key."""
    endpoint: Endpoint | None = None
    """Address and port at which the partner's gateway answers."""
    networks: tuple[Network, ...] = Field(min_length=1, max_length=_MANY)
    """The partner's own networks that come in through the VPN."""


class ExternalEndpoint(Model):
    """An address outside that the tenant's pods may reach."""

    to: Network
    """A network; /32 for one address."""
    port: Port
    """A TCP port."""
    why: Line
    """What the connection is needed for; auditors read it."""


class TenantNetwork(Model):
    """What the tenant's network is joined to."""

    vpn: Vpn | None = None
    """The partner's own networks, joined by WireGuard."""
    external: Annotated[tuple[ExternalEndpoint, ...], Field(max_length=_MANY)] = ()
    """What the tenant's pods may reach outside."""


class Duration(StrEnum):
    """Objectives for recovery, in hours."""

    H1 = "1h"
    H4 = "4h"
    H8 = "8h"
    H24 = "24h"
    H48 = "48h"
    H72 = "72h"


class Backup(Model):
    """Retention and objectives."""

    keep_daily: int = Field(default=14, ge=7, le=90)
    """Days for which a daily backup is kept."""
    keep_monthly: int = Field(default=12, ge=0, le=120)
    """Months for which a monthly backup is kept."""
    rpo: Duration = Duration.H24
    """Recovery point objective: how much work may be lost."""
    rto: Duration = Duration.H8
    """Recovery time objective: after which time the service is back."""


class ServiceState(StrEnum):
    """Removal of a service is staged like a tenant's."""

    ACTIVE = "active"
    RETIRING = "retiring"
    """Scaled to zero and kept for export."""
    REMOVED = "removed"
    """Deleted."""


class Reach(StrEnum):
    """From where a hostname answers."""

    PUBLIC = "public"
    VPN = "vpn"
    """Only from the networks that come in through the VPN gateway."""


class Deviation(Model):
    """An override of a catalogue value; it needs a reason and ends by itself."""

    replicas: int | None = Field(default=None, ge=1, le=20)
    """Instead of the catalogue's default."""
    cpu_limit: Cpu | None = None
    """Cores that one replica may use at most, instead of the catalogue's."""
    memory_limit: Bytes | None = None
    """Memory that one replica may use at most, instead of the catalogue's."""
    why: Line
    """The reason; auditors read it."""
    expires: date
    """The last day."""


class Service(Model):
    """An application the tenant runs (``dedicated``) or, with ``from``, uses of another tenant (``shared``)."""

    use: ServiceName
    """An application of the catalogue."""
    provider: TenantName | None = Field(default=None, alias="from")
    """The tenant that runs and offers the service; without it the tenant runs the service itself."""
    version: VersionName | None = None
    """Required for a dedicated service."""
    hostname: Hostname | None = None
    """The name for browsers, under one of the tenant's hostnames."""
    reach: Reach = Reach.VPN
    """Whether the hostname answers to everybody or through the VPN only."""
    state: ServiceState = ServiceState.ACTIVE
    """Where in its life the service is."""
    callers: Annotated[tuple[ServiceName, ...], Field(max_length=_MANY)] = ()
    """For a shared service: the tenant's own dedicated services whose pods may call it. Empty: use by browser alone."""
    deviation: Deviation | None = None
    """An override of the catalogue's values."""

    @property
    def dedicated(self) -> bool:
        """Whether the tenant runs the service itself."""
        return self.provider is None


class OfferClass(StrEnum):
    """Classes of tenants that an offer can name instead of single tenants."""

    MEMBERS = "members"
    """Every tenant in the stage ``member``."""


class Offer(Model):
    """The provider's side of a grant."""

    service: ServiceName
    """A service that the tenant runs itself."""
    to: Annotated[
        Annotated[tuple[TenantName, ...], Tag("names")] | Annotated[OfferClass, Tag("class")],
        Discriminator(lambda value: "class" if isinstance(value, str) else "names"),
    ]
    """Names of tenants, or the class `members`."""
    ports: Annotated[tuple[PortName, ...], Field(max_length=_MANY)] = ()
    """Ports that callers may reach pod to pod; empty: use by browser alone."""


class Tenant(Model):
    """One partner body with its own isolated hosting."""

    name: TenantName
    """The stem of the file; also Pulumi stack, owner of keys and first half of every namespace."""
    body: Body
    """The legal person behind the tenant."""
    stage: Stage
    """Where in its life the tenant is."""
    since: date
    """The day it became a tenant."""
    pilot: Pilot | None = None
    """Required in the stage `pilot`, and only there."""
    leaving: Leaving | None = None
    """Required in the stages `leaving` and `closed`, and only there."""
    operator: Operator | None = None
    """Who runs the platform side, if not the body itself."""
    contacts: Contacts
    """Whom to reach."""
    data_protection: DataProtection
    """What the records of processing state."""
    size: PlanName
    """A plan of platform.yaml."""
    placement: Placement
    """Where the tenant lives."""
    access: Access = Access()
    """Who may do what."""
    network: TenantNetwork = TenantNetwork()
    """What the tenant is joined to."""
    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=_MANY)] = ()
    """The domains under which the tenant's services may have names."""
    backup: Backup = Backup()
    """What is kept, and how soon it is back."""
    services: Annotated[tuple[Service, ...], Field(max_length=_MANY)] = ()
    """What the tenant runs or uses."""
    offers: Annotated[tuple[Offer, ...], Field(max_length=_MANY)] = ()
    """What the tenant offers to others."""
    lighthouse: bool = False
    """Runs every service version first."""
    freezes: Annotated[tuple[Freeze, ...], Field(max_length=_MANY)] = ()
    """Days without changes."""

    def operator_on(self, day: date) -> str:
        """Return the name of the tenant that runs the platform side on a day: the operator, or the tenant itself."""
        return self.operator.by if self.operator is not None and self.operator.since <= day else self.name

    def freeze_on(self, day: date) -> Freeze | None:
        """Return the freeze that a day falls into."""
        return next((freeze for freeze in self.freezes if freeze.start <= day <= freeze.until), None)

    def service(self, name: str) -> Service | None:
        """Return the entry of the service ``name``, or None."""
        return next((service for service in self.services if service.use == name), None)
