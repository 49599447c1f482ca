"""What there is to say of one tenant: its record of processing, its services, grants and use of its plan."""

from __future__ import annotations

from decimal import Decimal

from kogge.estate.demand import tenant_demand
from kogge.estate.estate import Estate
from kogge.estate.models.body import JointBody, Municipality
from kogge.estate.models.catalogue import Application
from kogge.estate.models.tenant import Service, ServiceState, Tenant
from kogge.quantity import amount_of, format_bytes, format_cpu

Record = dict[str, str | list[str]]


def record(estate: Estate, tenant: Tenant) -> Record:
    """Return heading -> text or lines, in the order in which a person reads them."""
    plan = estate.platform.plans[tenant.size]
    entries: Record = {
        "name": tenant.name,
        "body": f"{tenant.body.official_name} ({_key(tenant)})",
        "stage": _stage(tenant),
        "operator": tenant.operator_on(estate.as_of),
        **_processing(tenant),
        "plan": f"{tenant.size}, {plan.price_eur_month} EUR a month",
        "use_of_plan": _use(estate, tenant),
        "cluster": tenant.placement.cluster,
        "database_host": tenant.placement.database_host,
        "vpn_address": str(tenant.placement.vpn_address or "none"),
        "operators": list(tenant.access.operators),
        "viewers": list(tenant.access.viewers),
        "external": [f"{e.to} port {e.port}: {e.why}" for e in tenant.network.external],
        "processing": [f"{a.title}: {a.purpose}" for a in _applications(estate, tenant)],
        "services": [_service(service) for service in tenant.services],
        "provides": [f"{g.service} to {g.consumer}" for g in estate.grants if g.provider == tenant.name],
        "freezes": [f"{f.start} to {f.until}: {f.why}" for f in tenant.freezes],
    }
    return {key: value for key, value in entries.items() if value}


def _key(tenant: Tenant) -> str:
    match tenant.body:
        case Municipality(ags=ags, ars=ars):
            return f"AGS {ags}" + (f", ARS {ars}" if ars else "")
        case JointBody(carried_by=carriers):
            return f"carried by {', '.join(carriers)}"
        case district:
            return f"district key {district.district_key}"


def _stage(tenant: Tenant) -> str:
    text = f"{tenant.stage} since {tenant.since}"
    if tenant.pilot is not None:
        text += f", pilot ends {tenant.pilot.ends}"
    if tenant.leaving is not None:
        text += f", leaving since {tenant.leaving.since}, data may be deleted from {tenant.leaving.delete_after}"
    return text


def _processing(tenant: Tenant) -> Record:
    """Return what GDPR Art. 30 (2) and Art. 28 (3) ask of a processor's records."""
    protection, contacts = tenant.data_protection, tenant.contacts
    contract, end = protection.processing_contract, protection.at_end
    entries: Record = {
        "data_protection_officer": contacts.data_protection,
        "supervisory_authority": protection.supervisory_authority,
        "contract": f"{contract.reference}, signed {contract.signed}" if contract else "none",
        "breach_notice": contacts.breach or contacts.data_protection,
        "protection_need": protection.protection,
    }
    if contract is not None and contract.ends is not None:
        entries["contract"] = f"{entries['contract']}, ends {contract.ends}"
    if protection.breach_notice_hours is not None:
        entries["breach_notice"] = f"{entries['breach_notice']} within {protection.breach_notice_hours} hours"
    if end is not None:
        entries["at_the_end"] = f"{end.action} within {end.within_days} days"
    return entries


def _use(estate: Estate, tenant: Tenant) -> list[str]:
    plan, demand = estate.platform.plans[tenant.size], tenant_demand(tenant, estate.catalogue)
    return [
        f"CPU {format_cpu(demand.cpu)} of {plan.cpu}",
        f"memory {format_bytes(demand.memory)} of {plan.memory}",
        f"storage {format_bytes(demand.all_storage) if demand.all_storage > Decimal(0) else '0'} of {plan.storage}",
        f"pods {demand.pods} of {int(amount_of(str(plan.pods)))}",
    ]


def _applications(estate: Estate, tenant: Tenant) -> list[Application]:
    """Return what the tenant runs or uses, for the categories of processing (GDPR Art. 30 (2) b)."""
    return [estate.catalogue[service.use] for service in tenant.services if service.state is not ServiceState.REMOVED]


def _service(service: Service) -> str:
    what = f"{service.use} {service.version}" if service.dedicated else f"{service.use} from {service.provider}"
    where = f" at {service.hostname} ({service.reach})" if service.hostname else ""
    return f"{what}{where}, {service.state}"
