"""Rules about time: stages, contracts, deviations, freezes. Everything is judged against ``as_of``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from kogge.estate.files.document import Path
from kogge.estate.models.catalogue import Application
from kogge.estate.models.tenant import Deviation, Stage, Tenant
from kogge.estate.problem import ProblemSeverity
from kogge.estate.rules.rule import Files, Violation, tenant_file
from kogge.quantity import amount_of

NOTICE: Final = timedelta(days=30)
"""How long before an end a warning comes."""

LONGEST_FREEZE: Final = timedelta(days=60)
"""Longer ones would keep security updates away."""

MEMBERS: Final = frozenset({Stage.MEMBER, Stage.LEAVING})


def _ends(files: Files, stem: str, path: Path, end: date, what: str, hint: str) -> Iterator[Violation]:
    """Yield an error after the end and a warning in the days before."""
    left = (end - files.as_of).days
    if left < 0:
        yield Violation(tenant_file(stem), path, f"{what} ended on {end}", hint)
    elif end - files.as_of <= NOTICE:
        message = f"{what} ends in {left} days, on {end}" if left else f"{what} ends today"
        yield Violation(tenant_file(stem), path, message, hint, ProblemSeverity.WARNING)


def stage_has_its_dates(files: Files) -> Iterator[Violation]:
    """A pilot says when it ends; a leaving or closed tenant says since when and when its data goes."""
    for stem, tenant in files.tenants.items():
        file, stage = tenant_file(stem), tenant.stage
        leaves = stage in (Stage.LEAVING, Stage.CLOSED)
        if stage is Stage.PILOT and tenant.pilot is None:
            yield Violation(file, ("stage",), "a pilot needs an end date", "add pilot: {ends: 2027-12-31}")
        if stage is not Stage.PILOT and tenant.pilot is not None:
            message, hint = f"a tenant in the stage {stage} is no pilot", "delete the field, or write stage: pilot"
            yield Violation(file, ("pilot",), message, hint, key=True)
        if leaves and tenant.leaving is None:
            message = f"the stage {stage} needs its dates"
            yield Violation(file, ("stage",), message, "add leaving: {since: …, delete_after: …}")
        if not leaves and tenant.leaving is not None:
            message, hint = f"a tenant in the stage {stage} is not leaving", "delete the field, or write stage: leaving"
            yield Violation(file, ("leaving",), message, hint, key=True)


def pilot_runs(files: Files) -> Iterator[Violation]:
    """A pilot is decided before it ends: it becomes a member or leaves."""
    for stem, tenant in files.tenants.items():
        if tenant.stage is Stage.PILOT and tenant.pilot is not None:
            if tenant.pilot.ends <= tenant.since:
                message = f"the pilot would end on {tenant.pilot.ends}, before it began on {tenant.since}"
                yield Violation(tenant_file(stem), ("pilot", "ends"), message, "correct one of the two dates")
            else:
                hint = "write stage: member with what a member needs, or stage: leaving, or agree on a later end"
                yield from _ends(files, stem, ("pilot", "ends"), tenant.pilot.ends, "the pilot", hint)


def leaving_in_order(files: Files) -> Iterator[Violation]:
    """Data is deleted within the deadline of the contract, and no tenant is closed before."""
    for stem, tenant in files.tenants.items():
        if tenant.leaving is None or tenant.stage not in (Stage.LEAVING, Stage.CLOSED):
            continue
        leaving, path, file = tenant.leaving, ("leaving", "delete_after"), tenant_file(stem)
        end = tenant.data_protection.at_end
        if leaving.since < tenant.since:
            message = f"it would leave on {leaving.since}, before it came on {tenant.since}"
            yield Violation(file, ("leaving", "since"), message, "correct one of the two dates")
        if leaving.delete_after < leaving.since:
            message = f"data would be deleted on {leaving.delete_after}, before the tenant leaves on {leaving.since}"
            yield Violation(file, path, message, "correct one of the two dates")
        elif end is not None and (leaving.delete_after - leaving.since).days > end.within_days:
            latest = leaving.since + timedelta(days=end.within_days)
            message = f"the contract ends the processing within {end.within_days} days, by {latest}"
            yield Violation(file, path, message, f"write {latest} or earlier")
        elif tenant.stage is Stage.CLOSED and files.as_of < leaving.delete_after:
            message = f"the data must be kept until {leaving.delete_after}"
            yield Violation(file, ("stage",), message, "write stage: leaving until that day")


def contract_in_force(files: Files) -> Iterator[Violation]:
    """A member has a signed contract with what GDPR Art. 28 asks, and it has not run out."""
    for stem, tenant in files.tenants.items():
        protection, file = tenant.data_protection, tenant_file(stem)
        if tenant.stage in MEMBERS:
            yield from _incomplete(tenant, file)
        contract = protection.processing_contract
        if contract is None or tenant.stage is Stage.CLOSED:
            continue
        path: Path = ("data_protection", "processing_contract")
        if contract.signed > max(files.as_of, tenant.since):
            message = f"the contract would be signed on {contract.signed}, after processing began"
            yield Violation(file, (*path, "signed"), message, "no personal data is processed before the signature")
        if contract.ends is not None:
            if contract.ends <= contract.signed:
                message = f"the contract would end on {contract.ends}, before it was signed"
                yield Violation(file, (*path, "ends"), message, "correct one of the two dates")
            else:
                hint = "renew the contract, or write stage: leaving"
                yield from _ends(files, stem, (*path, "ends"), contract.ends, "the contract", hint)


def _incomplete(tenant: Tenant, file: str) -> Iterator[Violation]:
    protection = tenant.data_protection
    needed = (
        ("processing_contract", protection.processing_contract, "{reference: AVV-…, signed: 2026-01-31}", "28 (3)"),
        ("breach_notice_hours", protection.breach_notice_hours, "24", "33 (2)"),
        ("at_end", protection.at_end, "{action: return, within_days: 90}", "28 (3) g"),
    )
    for field, value, example, article in needed:
        if value is None:
            message = f"the stage {tenant.stage} needs data_protection.{field} (GDPR Art. {article})"
            yield Violation(file, ("data_protection",), message, f"add {field}: {example}", key=True)


def deviation_runs(files: Files) -> Iterator[Violation]:
    """A deviation overrides something and ends by itself."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            deviation, path = service.deviation, ("services", index, "deviation")
            if deviation is None:
                continue
            if service.provider is not None:
                message = "only a service that the tenant runs itself can deviate"
                yield Violation(tenant_file(stem), path, message, "delete the deviation", key=True)
            if deviation.replicas is None and deviation.cpu_limit is None and deviation.memory_limit is None:
                message, hint = "the deviation changes nothing", "add replicas, cpu_limit or memory_limit, or delete it"
                yield Violation(tenant_file(stem), path, message, hint, key=True)
            application = files.catalogue.get(service.use)
            if application is not None:
                yield from _too_little(stem, path, deviation, application)
            hint = "go back to the catalogue's value, or decide again with a later date"
            what = f"the deviation of {service.use}"
            yield from _ends(files, stem, (*path, "expires"), deviation.expires, what, hint)


def _too_little(stem: str, path: Path, deviation: Deviation, application: Application) -> Iterator[Violation]:
    """Yield limits that are smaller than what the catalogue requests: the apiserver refuses such a pod."""
    container = application.container
    for field, limit, request in (
        ("cpu_limit", deviation.cpu_limit, container.cpu_request),
        ("memory_limit", deviation.memory_limit, container.memory_request),
    ):
        if limit is not None and amount_of(limit) < amount_of(request):
            message = f"{field} {limit} is less than the {request} that {application.name} requests"
            yield Violation(tenant_file(stem), (*path, field), message, f"write at least {request}")


def freeze_is_short(files: Files) -> Iterator[Violation]:
    """A freeze begins before it ends and lasts at most sixty days."""
    for stem, tenant in files.tenants.items():
        for index, freeze in enumerate(tenant.freezes):
            path: Path = ("freezes", index, "until")
            if freeze.until < freeze.start:
                message = f"the freeze would end on {freeze.until}, before it begins on {freeze.start}"
                yield Violation(tenant_file(stem), path, message, "correct one of the two dates")
            elif freeze.until - freeze.start > LONGEST_FREEZE:
                message = f"the freeze lasts {(freeze.until - freeze.start).days} days; at most {LONGEST_FREEZE.days}"
                yield Violation(tenant_file(stem), path, message, "security updates have to come through")


def joint_body_exists(files: Files) -> Iterator[Violation]:
    """Nothing of a joint body is older than the body."""
    for stem, tenant in files.tenants.items():
        exists_since = getattr(tenant.body, "exists_since", None)
        if exists_since is not None and tenant.since < exists_since:
            message = f"the body exists since {exists_since}, it cannot be a tenant since {tenant.since}"
            yield Violation(tenant_file(stem), ("since",), message, "correct one of the two dates")
