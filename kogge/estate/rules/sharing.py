"""Rules that both sides of every grant say the same."""

from __future__ import annotations

from collections.abc import Iterator

from kogge.estate.estate import offer_covers
from kogge.estate.files.model_errors import suggestion
from kogge.estate.models.tenant import Offer, Service, ServiceState, Tenant
from kogge.estate.rules.rule import Confinement, Files, Violation, tenant_file


def use_is_offered(files: Files) -> Iterator[Violation]:
    """A tenant uses a service of another only if that one offers it to this one."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            if service.provider is None or service.state is ServiceState.REMOVED:
                continue
            found = _refusal(files, tenant, service, service.provider)
            if found is not None:
                yield Violation(tenant_file(stem), ("services", index, "from"), *found)


def _refusal(files: Files, tenant: Tenant, service: Service, provider_name: str) -> tuple[str, str] | None:
    if provider_name in files.unreadable:
        return None
    if provider_name == tenant.name:
        return "a tenant cannot use its own service from itself", "delete the line and add a version"
    provider = files.tenants.get(provider_name)
    if provider is None:
        return f"there is no tenant {provider_name!r}", suggestion(provider_name, files.tenants)
    if any(offer.service == service.use and offer_covers(offer, tenant) for offer in provider.offers):
        return None
    hint = f"add {{service: {service.use}, to: [{tenant.name}]}} to the offers in {tenant_file(provider_name)}"
    return f"{provider_name} does not offer {service.use} to {tenant.name}", hint


def offer_is_used(files: Files) -> Iterator[Violation]:
    """A tenant that an offer names uses the service; an offer to a class needs no user."""
    for stem, tenant in files.tenants.items():
        for index, offer in enumerate(tenant.offers):
            if isinstance(offer.to, tuple):
                yield from _unused(files, stem, index, offer, offer.to)


def _unused(files: Files, stem: str, index: int, offer: Offer, names: tuple[str, ...]) -> Iterator[Violation]:
    for place, name in enumerate(names):
        consumer = files.tenants.get(name)
        if name in files.unreadable:
            continue
        if consumer is None:
            message, hint = f"there is no tenant {name!r}", suggestion(name, files.tenants)
        elif any(s.use == offer.service and s.provider == stem for s in consumer.services):
            continue
        else:
            message = f"{name} does not use {offer.service} from {stem}"
            hint = f"add {{use: {offer.service}, from: {stem}}} to the services in {tenant_file(name)}"
        path = ("offers", index, "to", place)
        yield Violation(tenant_file(stem), path, message, hint, confinement=Confinement.GRANT)


def offer_is_run(files: Files) -> Iterator[Violation]:
    """A tenant offers only what it runs itself and what the catalogue lets be shared."""
    for stem, tenant in files.tenants.items():
        own = {s.use for s in tenant.services if s.dedicated and s.state is ServiceState.ACTIVE}
        for index, offer in enumerate(tenant.offers):
            application = files.catalogue.get(offer.service)
            if offer.service not in own:
                message = f"{stem} does not run {offer.service}"
                yield Violation(
                    tenant_file(stem), ("offers", index, "service"), message, suggestion(offer.service, own)
                )
            elif application is not None and not application.shareable:
                message, hint = f"{offer.service} cannot be shared", "the catalogue says which applications can"
                yield Violation(tenant_file(stem), ("offers", index, "service"), message, hint)
            elif application is not None:
                grantable = {port.name for port in application.ports if port.grantable}
                for place, port in enumerate(offer.ports):
                    if port not in grantable:
                        message = f"the port {port!r} of {offer.service} cannot be granted"
                        path = ("offers", index, "ports", place)
                        yield Violation(tenant_file(stem), path, message, suggestion(port, grantable))


def callers_run(files: Files) -> Iterator[Violation]:
    """Callers are dedicated services of the consumer, and the offer has ports for them."""
    for stem, tenant in files.tenants.items():
        own = {s.use for s in tenant.services if s.dedicated and s.state is ServiceState.ACTIVE}
        for index, service in enumerate(tenant.services):
            for place, caller in enumerate(service.callers):
                path = ("services", index, "callers", place)
                if service.dedicated:
                    message = "only a service used from another tenant has callers"
                    yield Violation(tenant_file(stem), path, message, "delete the callers")
                elif caller not in own:
                    message = f"{stem} does not run {caller}"
                    yield Violation(tenant_file(stem), path, message, suggestion(caller, own))
                elif _offered_by_browser_alone(files, tenant, service):
                    message = f"{service.provider} offers {service.use} by browser alone, without ports for callers"
                    hint = f"add ports to the offer in {tenant_file(str(service.provider))}, or delete the callers"
                    yield Violation(tenant_file(stem), path, message, hint)


def _offered_by_browser_alone(files: Files, consumer: Tenant, service: Service) -> bool:
    provider = files.tenants.get(service.provider or "")
    offers = provider.offers if provider is not None else ()
    fitting = [offer for offer in offers if offer.service == service.use and offer_covers(offer, consumer)]
    return bool(fitting) and not any(offer.ports for offer in fitting)
