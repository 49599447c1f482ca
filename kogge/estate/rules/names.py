"""Rules about names that others see: hostnames, domains, namespaces, databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from kogge.estate.estate import space_name
from kogge.estate.files.document import Path
from kogge.estate.models.platform import Platform
from kogge.estate.models.tenant import Reach, Service, ServiceState, Stage, Tenant
from kogge.estate.rules.identity import Claims, by_age
from kogge.estate.rules.rule import Files, Violation, tenant_file

LONGEST_SPACE: Final = 60
"""PostgreSQL cuts identifiers at 63 bytes; three are kept for the suffix of a login role. Namespaces end at 63 too."""


def under(hostname: str, domain: str) -> bool:
    """Tell whether a hostname is the domain or lies below it."""
    return hostname == domain or hostname.endswith("." + domain)


def domain_is_own(files: Files) -> Iterator[Violation]:
    """A tenant's domain lies below the platform's and neither above nor below another tenant's."""
    zone = files.platform.domain
    taken = platform_hostnames(files.platform)
    holders: dict[str, str] = {}
    above: dict[str, str] = {}
    for stem, tenant in by_age(files.tenants):
        for index, domain in enumerate(tenant.hostnames):
            path: Path = ("hostnames", index)
            if domain == zone or not under(domain, zone):
                message, hint = f"{domain} does not lie below {zone}", f"write {tenant.name}.{zone}"
                yield Violation(tenant_file(stem), path, message, hint)
                continue
            own = next((name for name in taken if under(name, domain) or under(domain, name)), None)
            if own is not None:
                message, hint = f"{own} is a name of the platform itself", f"write {tenant.name}.{zone}"
                yield Violation(tenant_file(stem), path, message, hint)
                continue
            holder = _holder(domain, holders, above)
            if holder is not None and holder != stem:
                message = f"{domain} lies in the domain of {holder}, or the other way round"
                yield Violation(tenant_file(stem), path, message, f"write {tenant.name}.{zone}")
                continue
            holders[domain] = stem
            for parent in _parents(domain):
                above.setdefault(parent, stem)


def platform_hostnames(platform: Platform) -> frozenset[str]:
    """Return the names under which the platform itself answers: registries and the issuers of identities."""
    issuers = {urlsplit(cluster.oidc_issuer).hostname or "" for cluster in platform.clusters.values()}
    return frozenset(platform.registries) | (issuers - {""})


def _parents(domain: str) -> Iterator[str]:
    while "." in domain:
        domain = domain.partition(".")[2]
        yield domain


def _holder(domain: str, holders: Mapping[str, str], above: Mapping[str, str]) -> str | None:
    """Return who has the domain, one above it, or one below it."""
    found = next((holders[name] for name in (domain, *_parents(domain)) if name in holders), None)
    return found or above.get(domain)


def hostname_is_own(files: Files) -> Iterator[Violation]:
    """A service's hostname lies under the tenant's domains and is used once."""
    claims = Claims()
    for stem, tenant in by_age(files.tenants):
        for index, service in enumerate(tenant.services):
            if service.hostname is None:
                continue
            path, file = ("services", index, "hostname"), tenant_file(stem)
            if not any(under(service.hostname, domain) for domain in tenant.hostnames):
                message = f"{service.hostname} lies under none of the tenant's hostnames"
                hint = f"one of them: {', '.join(tenant.hostnames)}" if tenant.hostnames else "add hostnames: […]"
                yield Violation(file, path, message, hint)
            elif (holder := claims.holder(service.hostname, f"{stem}/{service.use}")) is not None:
                message = f"{service.hostname} is already the hostname of {holder}"
                yield Violation(file, path, message, "one hostname leads to one service")


def hostname_is_served(files: Files) -> Iterator[Violation]:
    """A service with a browser port has a hostname, one without has none; by VPN only where there is a VPN."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            yield from _served(files, stem, tenant, index, service)


def _served(files: Files, stem: str, tenant: Tenant, index: int, service: Service) -> Iterator[Violation]:
    application, path = files.catalogue.get(service.use), ("services", index)
    if application is None or service.state is ServiceState.REMOVED:
        return
    if application.browser_port is None and service.hostname is not None:
        message, hint = f"{service.use} has no port for browsers", "delete the hostname"
        yield Violation(tenant_file(stem), (*path, "hostname"), message, hint)
    if application.browser_port is not None and service.dedicated and service.hostname is None:
        domain = tenant.hostnames[0] if tenant.hostnames else f"{stem}.{files.platform.domain}"
        message, hint = f"{service.use} is used by browser and has no hostname", f"add hostname: {service.use}.{domain}"
        yield Violation(tenant_file(stem), path, message, hint)
    if service.hostname is not None and service.reach is Reach.VPN and tenant.network.vpn is None:
        message = f"{service.hostname} would answer to the VPN alone, and the tenant has none"
        yield Violation(tenant_file(stem), (*path, "hostname"), message, "add network.vpn, or reach: public")
    if service.reach is Reach.PUBLIC and not service.dedicated:
        message = "only the tenant that runs a service can make it public"
        yield Violation(tenant_file(stem), (*path, "reach"), message, "delete the line")


def service_once(files: Files) -> Iterator[Violation]:
    """A tenant names each service once: a space has the names of both."""
    for stem, tenant in files.tenants.items():
        seen: set[str] = set()
        for index, service in enumerate(tenant.services):
            if service.use in seen:
                message, hint = f"{service.use} is named twice", "one space per service: keep one of the two"
                yield Violation(tenant_file(stem), ("services", index, "use"), message, hint)
            seen.add(service.use)
        offered: set[str] = set()
        for index, offer in enumerate(tenant.offers):
            if offer.service in offered:
                message, hint = f"{offer.service} is offered twice", "write one offer with all names"
                yield Violation(tenant_file(stem), ("offers", index, "service"), message, hint)
            offered.add(offer.service)


def listed_once(files: Files) -> Iterator[Violation]:
    """Nothing stands twice in one list."""
    for stem, tenant in files.tenants.items():
        for path, items in _lists(tenant):
            seen: set[object] = set()
            for index, item in enumerate(items if len(set(items)) < len(items) else ()):
                if item in seen:
                    message = f"{item} stands here already"
                    yield Violation(tenant_file(stem), (*path, index), message, "name it once")
                seen.add(item)


def _lists(tenant: Tenant) -> Iterator[tuple[Path, tuple[object, ...]]]:
    yield ("hostnames",), tenant.hostnames
    if tenant.network.vpn is not None:
        yield ("network", "vpn", "networks"), tenant.network.vpn.networks
    yield ("network", "external"), tuple(f"{e.to} port {e.port}" for e in tenant.network.external)
    for index, service in enumerate(tenant.services):
        yield ("services", index, "callers"), service.callers
    for index, offer in enumerate(tenant.offers):
        yield ("offers", index, "ports"), offer.ports
        if isinstance(offer.to, tuple):
            yield ("offers", index, "to"), offer.to


def space_name_fits(files: Files) -> Iterator[Violation]:
    """``<tenant>--<service>`` fits into a namespace and, with a role's suffix, into PostgreSQL."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            name = space_name(tenant.name, service.use)
            if service.dedicated and len(name) > LONGEST_SPACE:
                message = f"the space {name} has {len(name)} characters; at most {LONGEST_SPACE} fit"
                yield Violation(tenant_file(stem), ("services", index, "use"), message, "choose a shorter tenant name")


def closed_runs_nothing(files: Files) -> Iterator[Violation]:
    """A closed tenant has removed its services and offers nothing."""
    for stem, tenant in files.tenants.items():
        if tenant.stage is not Stage.CLOSED:
            continue
        for index, offer in enumerate(tenant.offers):
            message = f"a closed tenant cannot offer {offer.service}"
            yield Violation(tenant_file(stem), ("offers", index), message, "delete the offer")
        for index, service in enumerate(tenant.services):
            if service.state is not ServiceState.REMOVED:
                path: Path = ("services", index, "state" if service.state is not ServiceState.ACTIVE else "use")
                message, hint = f"a closed tenant still has {service.use}", "write state: removed"
                yield Violation(tenant_file(stem), path, message, hint)
