"""From a data root to an estate: read every file, type it, check all of them against each other.

The order of the steps and what a mistake takes out of the estate are decided here; what a mistake
is, is decided by the readers, the models and the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TypeVar

import yaml

from kogge.errors import ExitCode, KoggeError
from kogge.estate.catalogue import Application
from kogge.estate.document import Position, compose, locate, parse
from kogge.estate.estate import Estate, Grant, offer_covers
from kogge.estate.model_errors import read_model
from kogge.estate.platform import Platform
from kogge.estate.problem import Problem, Severity
from kogge.estate.rules.registry import RULES
from kogge.estate.rules.rule import PLATFORM_FILE, Confinement, Files, Violation
from kogge.estate.source import read_source
from kogge.estate.tenant import Service, ServiceState, Stage, Tenant
from kogge.estate.values import Model

M = TypeVar("M", bound=Model)

SHOWN_ERRORS: Final = 10
"""How many errors :class:`InvalidEstate` writes out; ``kogge validate`` shows all."""


class InvalidEstate(KoggeError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """The platform or the catalogue has errors, so nothing can be derived from the files."""

    exit_code = ExitCode.INVALID

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        errors = [p for p in problems if p.is_error]
        lines = [f"{p.file}:{p.line}:{p.column}: {p.message} ({p.rule})" for p in errors[:SHOWN_ERRORS]]
        if len(errors) > SHOWN_ERRORS:
            lines.append(f"and {len(errors) - SHOWN_ERRORS} more")
        super().__init__("\n  ".join(["the files cannot be used:", *lines]), hint="see `kogge validate`")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the files."""

    estate: Estate | None
    """None when the platform or the catalogue cannot be used."""
    problems: tuple[Problem, ...]
    """All of them, in the order of file, line and column."""

    @property
    def ok(self) -> bool:
        """Whether no file has an error."""
        return not any(problem.is_error for problem in self.problems)


def load_estate(root: Path, *, as_of: date | None = None) -> Loaded:
    """Read and check all files below ``root``; dates are judged against ``as_of`` (default: today)."""
    as_of = as_of or datetime.now(UTC).date()
    platform, problems = _read(root, PLATFORM_FILE, Platform)
    catalogue, catalogue_problems = _read_all(root, "catalogue", Application)
    tenants, tenant_problems = _read_all(root, "tenants", Tenant)
    if platform is None or catalogue_problems:
        return Loaded(None, tuple(sorted((*problems, *catalogue_problems, *tenant_problems))))
    unreadable = frozenset(Path(p.file).stem for p in tenant_problems if p.is_error) - tenants.keys()
    files = Files(as_of, platform, catalogue, tenants, unreadable)
    placed = _place(root, [(rule.id, violation) for rule in RULES for violation in rule.check(files)])
    all_problems = tuple(sorted((*problems, *tenant_problems, *(problem for problem, _ in placed))))
    blocking = [*tenant_problems, *(p for p, v in placed if v.confinement is Confinement.TENANT)]
    blocked = _blocked(problem for problem in blocking if problem.is_error)
    if any(problem.is_error and _tenant_of(problem.file) is None for problem in all_problems):
        return Loaded(None, all_problems)
    sound = {name: tenant for name, tenant in sorted(tenants.items()) if name not in blocked}
    return Loaded(Estate(root, as_of, platform, catalogue, sound, blocked, grants_between(sound)), all_problems)


def require_estate(root: Path, *, as_of: date | None = None) -> Estate:
    """Return the estate; a tenant with an error of its own is in its ``blocked``.

    :raises InvalidEstate: the platform or the catalogue has errors
    """
    loaded = load_estate(root, as_of=as_of)
    if loaded.estate is None:
        raise InvalidEstate(loaded.problems)
    return loaded.estate


def _read(root: Path, file: str, model: type[M]) -> tuple[M | None, tuple[Problem, ...]]:
    source, problems = read_source(root, file)
    if source is None:
        return None, problems
    document = parse(source)
    typed, mistakes = read_model(document, model)
    problems = (*document.problems, *mistakes)
    return (None if any(p.is_error for p in problems) else typed), problems


def _read_all(root: Path, directory: str, model: type[M]) -> tuple[dict[str, M], tuple[Problem, ...]]:
    """Read every YAML file of a directory; hidden files and READMEs are not ours."""
    found: dict[str, M] = {}
    problems: list[Problem] = []
    try:
        names = sorted(entry.name for entry in (root / directory).iterdir())
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        hint = "name the data root with --root; it holds platform.yaml, tenants/ and catalogue/"
        return {}, (Problem(f"{directory}/", 1, 1, "unreadable", f"cannot be listed: {reason}", hint, Severity.ERROR),)
    for name in names:
        if name.startswith(".") or name.endswith(".md"):
            continue
        file = f"{directory}/{name}"
        if not name.endswith(".yaml"):
            hint = f"rename it to {Path(name).stem}.yaml, or move it elsewhere"
            problems.append(Problem(file, 1, 1, "stray-file", "this file is not read", hint, Severity.ERROR))
            continue
        typed, mistakes = _read(root, file, model)
        problems.extend(mistakes)
        if typed is not None:
            found[name.removesuffix(".yaml")] = typed
    return found, tuple(problems)


def _place(root: Path, violations: list[tuple[str, Violation]]) -> list[tuple[Problem, Violation]]:
    """Give each violation its line and column; only files with a violation are read again."""
    nodes: dict[str, yaml.Node | None] = {}
    placed = []
    for rule, violation in violations:
        if violation.file not in nodes:
            source, _ = read_source(root, violation.file)
            nodes[violation.file] = compose(source) if source is not None else None
        node = nodes[violation.file]
        position = locate(node, violation.path, key=violation.key) if node is not None else Position(1, 1)
        problem = Problem(
            violation.file, position.line, position.column, rule, violation.message, violation.hint, violation.severity
        )
        placed.append((problem, violation))
    return placed


def _tenant_of(file: str) -> str | None:
    """Return the tenant a file belongs to; a stray file belongs to nobody and blocks nobody."""
    directory, _, name = file.partition("/")
    return name.removesuffix(".yaml") if directory == "tenants" and name else None


def _blocked(errors: Iterable[Problem]) -> Mapping[str, str]:
    blocked: dict[str, str] = {}
    for problem in sorted(errors):
        tenant = _tenant_of(problem.file)
        if tenant is not None:
            blocked.setdefault(tenant, f"{problem.file}:{problem.line}:{problem.column}: {problem.message}")
    return blocked


def grants_between(tenants: Mapping[str, Tenant]) -> tuple[Grant, ...]:
    """Return every sharing that both sides state, ordered by provider, service and consumer."""
    grants = [
        _grant(provider, service, consumer)
        for consumer in tenants.values()
        if consumer.stage is not Stage.CLOSED
        for service in consumer.services
        if service.provider is not None and service.state is not ServiceState.REMOVED
        for provider in [tenants.get(service.provider)]
        if provider is not None
    ]
    found = (grant for grant in grants if grant is not None)
    return tuple(sorted(found, key=lambda grant: (grant.provider, grant.service, grant.consumer)))


def _grant(provider: Tenant, service: Service, consumer: Tenant) -> Grant | None:
    run = provider.service(service.use)
    if provider.stage is Stage.CLOSED or run is None or not run.dedicated or run.state is ServiceState.REMOVED:
        return None
    for offer in provider.offers:
        if offer.service == service.use and offer_covers(offer, consumer):
            ports = offer.ports if service.callers else ()
            return Grant(provider.name, service.use, consumer.name, service.hostname, service.callers, ports)
    return None
