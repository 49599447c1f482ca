"""The file of a new tenant: what follows from the estate, what somebody has to say, and the text of both.

Pure: the command asks and writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Final

from kogge.errors import KoggeError, UsageError
from kogge.estate.demand import DatabaseDemand, Demand, database_demand, service_demand, tenant_demand
from kogge.estate.estate import Estate
from kogge.estate.models.body import BodyKind
from kogge.estate.models.catalogue import VersionState
from kogge.estate.models.data_protection import AUTHORITY_OF
from kogge.estate.models.platform import Host
from kogge.estate.models.regional_key import ags_of
from kogge.estate.models.tenant import Service, Stage, Tenant
from kogge.estate.rules.capacity import plan_excess
from kogge.estate.rules.versions import version_key
from kogge.quantity import amount_of

PILOT_LENGTH: Final = timedelta(days=365)
PILOT_SHARE: Final = 50
"""Percent of the plan that a pilot may use."""


class EstateFull(KoggeError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """No cluster, database host or VPN address is left."""


@dataclass(frozen=True, slots=True)
class VpnAnswers:
    """The partner's WireGuard peer."""

    public_key: str
    networks: tuple[str, ...]
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What only a person knows of a new tenant."""

    name: str
    kind: BodyKind
    official_name: str
    keys: tuple[str, ...]
    """AGS, ARS or district key; for a joint body the keys of its carriers."""
    platform_contact: str
    data_protection_contact: str
    stage: Stage
    since: date
    size: str
    contract: tuple[str, date] | None = None
    pilot_ends: date | None = None
    operators: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    vpn: VpnAnswers | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacementChoice:
    """Where a new tenant goes; written once into its file."""

    cluster: str
    database_host: str
    vpn_address: IPv4Address


def choose_placement(estate: Estate) -> PlacementChoice:
    """Return the cluster and database host with the largest share of free capacity, and the next free VPN address.

    :raises EstateFull: the platform lacks one of them
    """
    clusters = sorted(estate.platform.clusters, key=lambda name: (-_free_share(estate, name), name))
    hosts = {name: host for name, host in estate.platform.hosts.items() if host.databases is not None}
    if not clusters or not hosts:
        message = "platform.yaml has no cluster or no host with `databases`"
        raise EstateFull(message, hint="describe them there first")
    chosen = min(hosts, key=lambda name: (-_free_database_share(estate, name, hosts[name]), name))
    return PlacementChoice(clusters[0], chosen, next_vpn_address(estate))


def next_vpn_address(estate: Estate) -> IPv4Address:
    """Return the lowest free address after the gateway and the first ten, which are kept for the platform.

    :raises EstateFull: all are taken
    """
    network = estate.platform.vpn_network
    taken = {tenant.placement.vpn_address for tenant in estate.tenants.values()}
    first = int(network.network_address) + 10
    for number in range(first, int(network.broadcast_address)):
        if IPv4Address(number) not in taken:
            return IPv4Address(number)
    raise EstateFull(f"no address of {network} is free", hint="enlarge vpn_network in platform.yaml")


def _free_share(estate: Estate, name: str) -> Decimal:
    capacity = estate.platform.clusters[name].capacity
    used = Demand()
    for tenant in _placed(estate, cluster=name):
        used += tenant_demand(tenant, estate.catalogue)
    return min(1 - used.cpu / amount_of(capacity.cpu), 1 - used.memory / amount_of(capacity.memory))


def _free_database_share(estate: Estate, name: str, host: Host) -> Decimal:
    if host.databases is None:
        return Decimal(0)
    used = DatabaseDemand()
    for tenant in _placed(estate, host=name):
        used += database_demand(tenant, estate.platform, estate.catalogue)
    storage = 1 - used.storage / amount_of(host.databases.storage)
    return min(storage, 1 - Decimal(used.connections) / host.databases.connections)


def _placed(estate: Estate, *, cluster: str | None = None, host: str | None = None) -> Iterator[Tenant]:
    for tenant in estate.tenants.values():
        if tenant.placement.cluster == cluster or tenant.placement.database_host == host:
            yield tenant


def choose_version(estate: Estate, service: str) -> str:
    """Return the newest current version that a lighthouse runs; where none runs the service, the newest.

    :raises UsageError: the catalogue has no such application, or no version that may run
    """
    application = estate.catalogue.get(service)
    if application is None:
        known = ", ".join(sorted(estate.catalogue))
        raise UsageError(f"the catalogue has no application {service!r}", hint=f"known: {known}")
    current = [name for name, version in application.versions.items() if version.state is VersionState.CURRENT]
    tried = [
        entry.version
        for tenant in estate.tenants.values()
        for entry in tenant.services
        if tenant.lighthouse and entry.use == service and entry.version
    ]
    limit = max(map(version_key, tried), default=None)
    allowed = [name for name in current if limit is None or version_key(name) <= limit]
    if not allowed:
        raise UsageError(f"no version of {service} may run yet", hint="the catalogue says which are current")
    return max(allowed, key=version_key)


def choose_size(estate: Estate, services: tuple[str, ...], stage: Stage) -> str:
    """Return the smallest plan that holds the services, for a pilot within its share of it; else the largest."""
    demand = Demand()
    for name in services:
        if name in estate.catalogue:
            demand += service_demand(Service(use=name), estate.catalogue[name])
    share = PILOT_SHARE if stage is Stage.PILOT else 100
    plans = sorted(estate.platform.plans.items(), key=lambda item: amount_of(item[1].cpu))
    return next((name for name, plan in plans if not plan_excess(demand, plan, share)), plans[-1][0])


def draft(estate: Estate, answers: Answers, placement: PlacementChoice) -> str:
    """Return the text of the new file: every field that applies, in canonical order, with a word on each."""
    return "\n".join([*_who(answers), *_care(answers), *_where(answers, placement), *_what(estate, answers), ""])


def _who(answers: Answers) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../schemas/tenant.json"
    yield f"name: {answers.name}"
    yield f"body: {_body(answers)}  # keys are quoted"
    yield f"stage: {answers.stage}  # pilot, member, leaving, closed"
    yield f"since: {answers.since}"
    if answers.stage is Stage.PILOT:
        ends = answers.pilot_ends or answers.since + PILOT_LENGTH
        yield f"pilot: {{ends: {ends}, share: {PILOT_SHARE}}}  # share: percent of the plan that may be used"


def _body(answers: Answers) -> str:
    name = _quoted(answers.official_name)
    match answers.kind:
        case BodyKind.MUNICIPALITY | BodyKind.INDEPENDENT_CITY:
            given = answers.keys[0]
            key = f"ags: {_quoted(ags_of(given))}" + (f", ars: {_quoted(given)}" if given != ags_of(given) else "")
        case BodyKind.DISTRICT:
            key = f"district_key: {_quoted(answers.keys[0])}"
        case BodyKind.JOINT_BODY:
            key = f"carried_by: [{', '.join(map(_quoted, answers.keys))}]"
    return f"{{kind: {answers.kind}, official_name: {name}, {key}}}"


def _care(answers: Answers) -> Iterator[str]:
    yield f"contacts: {{platform: {answers.platform_contact}, data_protection: {answers.data_protection_contact}}}"
    yield "data_protection:"
    yield f"  supervisory_authority: {_authority(answers.keys[0])}"
    if answers.contract is not None:
        reference, signed = answers.contract
        yield f"  processing_contract: {{reference: {_quoted(reference)}, signed: {signed}}}  # GDPR Art. 28 (3)"
    yield "  breach_notice_hours: 24  # within how many hours the partner is told of a breach"
    yield "  at_end: {action: return, within_days: 90}  # return or delete, by when after the end"


def _authority(key: str) -> str:
    """Return the authority of the Land that a key starts with.

    :raises UsageError: no Land has these digits
    """
    authority = AUTHORITY_OF.get(key[:2])
    if authority is None:
        raise UsageError(f"no regional key starts with {key[:2]!r}", hint="a key starts with its Land, 01 to 16")
    return authority


def _where(answers: Answers, placement: PlacementChoice) -> Iterator[str]:
    yield f"size: {answers.size}  # a plan of platform.yaml"
    address = f", vpn_address: {placement.vpn_address}" if answers.vpn is not None else ""
    yield (
        f"placement: {{cluster: {placement.cluster}, database_host: {placement.database_host}{address}}}"
        "  # chosen once, by free capacity"
    )
    if answers.operators or answers.viewers:
        yield "access:"
        if answers.operators:
            yield f"  operators: [{', '.join(answers.operators)}]  # look, delete pods, scale within bounds"
        if answers.viewers:
            yield f"  viewers: [{', '.join(answers.viewers)}]  # look"
    if answers.vpn is not None:
        endpoint = f", endpoint: {_quoted(answers.vpn.endpoint)}" if answers.vpn.endpoint else ""
        networks = ", ".join(answers.vpn.networks)
        yield "network:"
        yield f"  vpn: {{public_key: {_quoted(answers.vpn.public_key)}{endpoint}, networks: [{networks}]}}"


def _what(estate: Estate, answers: Answers) -> Iterator[str]:
    domain = f"{answers.name}.{estate.platform.domain}"
    yield f"hostnames: [{domain}]"
    yield "backup: {keep_daily: 14, keep_monthly: 12, rpo: 24h, rto: 8h}"
    if answers.services:
        yield "services:"
    for service in answers.services:
        yield f"  - use: {service}"
        yield f"    version: {_quoted(choose_version(estate, service))}"
        if estate.catalogue[service].browser_port is not None:
            yield f"    hostname: {service}.{domain}"
            yield "    reach: public  # or vpn"


def _quoted(text: str) -> str:
    """Return a double-quoted YAML scalar; JSON's quoting is a subset of YAML's."""
    return json.dumps(text, ensure_ascii=False)


def missing_answers(given: Mapping[str, object], stage: Stage) -> list[str]:
    """Return the options that are needed and not given, in the order in which they are asked."""
    needed = ["kind", "official-name", "key", "contact", "data-protection"]
    if stage is Stage.MEMBER:
        needed += ["contract", "signed"]
    return [name for name in needed if not given.get(name)]
