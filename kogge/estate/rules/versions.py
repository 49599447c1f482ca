"""Rules about which version of a service may run where."""

from __future__ import annotations

from collections.abc import Iterator

from kogge.estate.models.catalogue import Application, VersionState
from kogge.estate.models.tenant import Service, ServiceState, Stage
from kogge.estate.problem import ProblemSeverity
from kogge.estate.rules.rule import Files, Violation, tenant_file


def version_key(version: str) -> tuple[int, ...]:
    """Return a version so that it sorts by number: 2.10 after 2.9."""
    return tuple(int(part) for part in version.split("."))


def _newest(application: Application) -> str:
    names = [n for n, v in application.versions.items() if v.state is VersionState.CURRENT] or [*application.versions]
    return max(names, key=version_key)


def version_not_withdrawn(files: Files) -> Iterator[Violation]:
    """A withdrawn version runs nowhere; a deprecated one, or one that is not released yet, is warned about."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            application = files.catalogue.get(service.use)
            if application is None or service.version is None or service.state is ServiceState.REMOVED:
                continue
            version = application.versions.get(service.version)
            if version is not None and version.released > files.as_of:
                message, hint = f"{service.use} {service.version} is released on {version.released}", "wait until then"
                path = ("services", index, "version")
                yield Violation(tenant_file(stem), path, message, hint, ProblemSeverity.WARNING)
            if version is None or version.state is VersionState.CURRENT:
                continue
            message = f"{service.use} {service.version} is {version.state}"
            severity = ProblemSeverity.ERROR if version.state is VersionState.WITHDRAWN else ProblemSeverity.WARNING
            hint = f'write version: "{_newest(application)}"'
            yield Violation(tenant_file(stem), ("services", index, "version"), message, hint, severity)


def lighthouse_first(files: Files) -> Iterator[Violation]:
    """Where a lighthouse runs a service, nobody runs a newer version than it does."""
    ahead: dict[str, tuple[str, str]] = {}
    for stem, tenant in files.tenants.items():
        for service in tenant.services:
            if tenant.lighthouse and tenant.stage is not Stage.CLOSED and _runs(service) and service.version:
                known = ahead.get(service.use)
                if known is None or version_key(service.version) > version_key(known[0]):
                    ahead[service.use] = (service.version, stem)
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            if tenant.lighthouse or service.use not in ahead or not _runs(service) or service.version is None:
                continue
            version, lighthouse = ahead[service.use]
            application = files.catalogue.get(service.use)
            if application is None or service.version not in application.versions:
                continue
            if version_key(service.version) > version_key(version):
                message = f"{service.use} {service.version} has not run at a lighthouse: {lighthouse} runs {version}"
                path = ("services", index, "version")
                yield Violation(tenant_file(stem), path, message, f"update {tenant_file(lighthouse)} first")


def _runs(service: Service) -> bool:
    return service.dedicated and service.state is ServiceState.ACTIVE


def version_only_if_run(files: Files) -> Iterator[Violation]:
    """The version of a shared service is the provider's."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            if service.provider is not None and service.version is not None:
                message = f"{service.provider} decides the version of {service.use}"
                yield Violation(
                    tenant_file(stem), ("services", index, "version"), message, "delete the version", key=True
                )
