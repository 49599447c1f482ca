"""Rules about the platform and the catalogue themselves; an error here concerns every tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from kogge.estate.files.document import Path
from kogge.estate.files.model_errors import suggestion
from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import HostRole
from kogge.estate.problem import ProblemSeverity
from kogge.estate.rules.rule import PLATFORM_FILE, Files, Violation, application_file
from kogge.quantity import amount_of

FEWEST_RECIPIENTS: Final = 2


def data_stays(files: Files) -> Iterator[Violation]:
    """Clusters, hosts and registries stand in countries where data may be kept."""
    platform = files.platform
    allowed = platform.residency.countries
    for kind, places in (
        ("clusters", platform.clusters),
        ("hosts", platform.hosts),
        ("registries", platform.registries),
    ):
        for name, place in places.items():
            site = platform.sites.get(place.site)
            if site is not None and site.country not in allowed:
                message = f"{name} stands in {site.country}; data may be kept in {', '.join(allowed)}"
                hint = "choose a site in an allowed country"
                yield Violation(PLATFORM_FILE, (kind, name, "site"), message, hint)


def backup_elsewhere(files: Files) -> Iterator[Violation]:
    """Backups are kept, and at another site than the databases (BSI CON.3)."""
    hosts = files.platform.hosts
    targets = {host.site for host in hosts.values() if HostRole.BACKUP in host.roles}
    for name, host in hosts.items():
        if HostRole.DATABASE not in host.roles:
            continue
        if not targets:
            message, hint = f"the data of {name} has no backup target", "give a host the role backup"
            yield Violation(PLATFORM_FILE, ("hosts", name), message, hint, ProblemSeverity.WARNING, key=True)
        elif targets == {host.site}:
            message = f"backups of {name} are kept at its own site {host.site}"
            hint = "give a host at another site the role backup"
            yield Violation(PLATFORM_FILE, ("hosts", name, "site"), message, hint, ProblemSeverity.WARNING)


def host_is_whole(files: Files) -> Iterator[Violation]:
    """Every host has the baseline; a database host says what it holds."""
    for name, host in files.platform.hosts.items():
        path: Path = ("hosts", name, "roles")
        if HostRole.BASELINE not in host.roles:
            message = f"{name} lacks the role baseline"
            yield Violation(PLATFORM_FILE, path, message, "every host is hardened: add baseline")
        if len(set(host.roles)) < len(host.roles):
            yield Violation(PLATFORM_FILE, path, f"{name} has a role twice", "name each role once")
        if HostRole.DATABASE in host.roles and host.databases is None:
            message, hint = f"nothing says what {name} holds", "add databases: {connections: 400, storage: 500Gi}"
            yield Violation(PLATFORM_FILE, ("hosts", name), message, hint, ProblemSeverity.WARNING, key=True)


def keys_can_be_recovered(files: Files) -> Iterator[Violation]:
    """Master keys have at least two distinct recipients, one of them offline."""
    recipients, path = files.platform.keys.recipients, ("keys", "recipients")
    if not recipients:
        return
    if len({r.recipient for r in recipients}) < FEWEST_RECIPIENTS:
        message = "a lost identity would lose every key: at least two recipients are needed"
        yield Violation(PLATFORM_FILE, path, message, "add a second recipient")
    if not any(r.offline for r in recipients):
        message = "no recipient is kept offline"
        yield Violation(PLATFORM_FILE, path, message, "add a recipient with offline: true")


def image_from_known_registry(files: Files) -> Iterator[Violation]:
    """Images come from registries of platform.yaml."""
    for stem, application in files.catalogue.items():
        for version, entry in application.versions.items():
            registry = entry.image.partition("/")[0]
            if registry not in files.platform.registries:
                hint = suggestion(registry, files.platform.registries)
                path: Path = ("versions", version, "image")
                yield Violation(application_file(stem), path, f"{registry} is no registry of platform.yaml", hint)


def application_adds_up(files: Files) -> Iterator[Violation]:
    """Limits cover requests, replicas lie within bounds, ports and variables are named once."""
    for stem, application in files.catalogue.items():
        for path, message, hint in (*_sizes(application), *_ports(application), *_variables(application)):
            yield Violation(application_file(stem), path, message, hint)


def _sizes(application: Application) -> Iterator[tuple[Path, str, str]]:
    container, replicas = application.container, application.replicas
    for what, request, limit in (
        ("cpu", container.cpu_request, container.cpu_limit),
        ("memory", container.memory_request, container.memory_limit),
    ):
        if amount_of(limit) < amount_of(request):
            message = f"{what}_limit {limit} is less than {what}_request {request}"
            yield ("container", f"{what}_limit"), message, "raise the limit or lower the request"
    if not replicas.minimum <= replicas.default <= replicas.maximum:
        message = f"replicas.default {replicas.default} is not between {replicas.minimum} and {replicas.maximum}"
        yield ("replicas", "default"), message, "correct one of the three"


def _ports(application: Application) -> Iterator[tuple[Path, str, str]]:
    names = Counter(port.name for port in application.ports)
    numbers = Counter(port.port for port in application.ports)
    browsers = 0
    for index, port in enumerate(application.ports):
        if names[port.name] > 1:
            yield ("ports", index, "name"), f"two ports are named {port.name!r}", "give each a name of its own"
        if numbers[port.port] > 1:
            yield ("ports", index, "port"), f"two entries have the port {port.port}", "keep one of the two"
        browsers += port.browser
        if port.browser and browsers > 1:
            yield ("ports", index, "browser"), "two ports are for browsers", "one hostname leads to one port"
        if port.grantable and not application.shareable:
            yield (
                ("ports", index, "grantable"),
                "an application that is not shared has no grantable port",
                ("add shareable: true, or delete the word"),
            )


def _variables(application: Application) -> Iterator[tuple[Path, str, str]]:
    for name in application.secrets:
        if name in application.settings:
            yield ("settings", name), f"{name} is a secret and a setting", "keep one of the two"
    mounts = Counter(volume.mount for volume in application.volumes)
    names = Counter(volume.name for volume in application.volumes)
    for index, volume in enumerate(application.volumes):
        if mounts[volume.mount] > 1 or volume.mount in application.writable:
            yield ("volumes", index, "mount"), f"{volume.mount} is mounted twice", "one path holds one thing"
        if names[volume.name] > 1:
            yield ("volumes", index, "name"), f"two volumes are named {volume.name!r}", "give each a name of its own"
