"""Rules that what a file names exists: plans, clusters, hosts, services, versions, the file's own name."""

from __future__ import annotations

from collections.abc import Iterator

from kogge.estate.files.model_errors import suggestion
from kogge.estate.models.platform import HostRole
from kogge.estate.rules.rule import PLATFORM_FILE, Files, Violation, application_file, tenant_file


def file_name(files: Files) -> Iterator[Violation]:
    """``name`` is the stem of the file."""
    for stem, tenant in files.tenants.items():
        if tenant.name != stem:
            yield _misnamed(tenant_file(stem), stem, tenant.name)
    for stem, application in files.catalogue.items():
        if application.name != stem:
            yield _misnamed(application_file(stem), stem, application.name)


def _misnamed(file: str, stem: str, name: str) -> Violation:
    return Violation(
        file, ("name",), f"the name is {name!r}, the file is named {stem!r}", f"write {stem!r}, or rename the file"
    )


def plan_exists(files: Files) -> Iterator[Violation]:
    """``size`` is a plan of ``platform.yaml``."""
    for stem, tenant in files.tenants.items():
        if tenant.size not in files.platform.plans:
            hint = suggestion(tenant.size, files.platform.plans)
            yield Violation(tenant_file(stem), ("size",), f"there is no plan {tenant.size!r}", hint)


def placement_exists(files: Files) -> Iterator[Violation]:
    """``placement`` names a cluster and a host with the role ``database``."""
    databases = [name for name, host in files.platform.hosts.items() if HostRole.DATABASE in host.roles]
    for stem, tenant in files.tenants.items():
        placement, file = tenant.placement, tenant_file(stem)
        if placement.cluster not in files.platform.clusters:
            hint = suggestion(placement.cluster, files.platform.clusters)
            yield Violation(file, ("placement", "cluster"), f"there is no cluster {placement.cluster!r}", hint)
        if placement.database_host not in files.platform.hosts:
            message = f"there is no host {placement.database_host!r}"
        elif placement.database_host not in databases:
            message = f"the host {placement.database_host!r} does not have the role 'database'"
        else:
            continue
        yield Violation(file, ("placement", "database_host"), message, suggestion(placement.database_host, databases))


def service_exists(files: Files) -> Iterator[Violation]:
    """Every service is an application of the catalogue, in a version that it has."""
    for stem, tenant in files.tenants.items():
        for index, service in enumerate(tenant.services):
            application, file = files.catalogue.get(service.use), tenant_file(stem)
            if application is None:
                hint = suggestion(service.use, files.catalogue)
                message = f"the catalogue has no application {service.use!r}"
                yield Violation(file, ("services", index, "use"), message, hint)
            elif service.dedicated and service.version is None:
                message = f"{service.use} has neither a version nor a provider"
                hint = f'add version: "{max(application.versions)}" to run it, or from: <tenant> to use another\'s'
                yield Violation(file, ("services", index), message, hint)
            elif service.version is not None and service.version not in application.versions:
                message = f"{service.use} has no version {service.version!r}"
                hint = suggestion(service.version, application.versions)
                yield Violation(file, ("services", index, "version"), message, hint)


def site_exists(files: Files) -> Iterator[Violation]:
    """Clusters, hosts and registries stand at a site of ``platform.yaml``."""
    platform = files.platform
    for kind, places in (
        ("clusters", platform.clusters),
        ("hosts", platform.hosts),
        ("registries", platform.registries),
    ):
        for name, place in places.items():
            if place.site not in platform.sites:
                hint = suggestion(place.site, platform.sites)
                yield Violation(PLATFORM_FILE, (kind, name, "site"), f"there is no site {place.site!r}", hint)
