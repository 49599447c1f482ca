"""From a data root to an estate: read every file, type it, check all of them against each other.

The order of the steps and what a mistake takes out of the estate are decided here; what a mistake
is, is decided by the readers, the models and the rules.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

import yaml

from kogge.errors import ExitCode, KoggeError
from kogge.estate.estate import Estate, Grant, offer_covers
from kogge.estate.files.document import Position, compose, locate, parse
from kogge.estate.files.model_errors import read_model
from kogge.estate.files.salvage import salvage
from kogge.estate.files.source import list_stems, read_source
from kogge.estate.models.catalogue import Application
from kogge.estate.models.platform import Platform
from kogge.estate.models.tenant import Service, ServiceState, Stage, Tenant
from kogge.estate.models.values import Model
from kogge.estate.problem import Problem, ProblemSeverity
from kogge.estate.rules.registry import RULES
from kogge.estate.rules.rule import PLATFORM_FILE, Confinement, Files, Violation, tenant_file
from kogge.json_value import Json

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
    with _collection_paused():
        return _load(root, as_of or datetime.now(UTC).date())


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Hold the cyclic garbage collector: no cycles are made here, and looking for them takes half the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _load(root: Path, as_of: date) -> Loaded:
    platform = _read(root, PLATFORM_FILE, Platform)
    catalogue = _read_all(root, "catalogue", Application)
    tenants = _read_all(root, "tenants", Tenant)
    problems = (*platform.problems, *catalogue.problems, *tenants.problems)
    if platform.model is None or any(problem.is_error for problem in catalogue.problems):
        return Loaded(None, tuple(sorted(problems)))
    files = Files(as_of, platform.model, catalogue.models, tenants.models, tenants.refused.keys())
    return _checked(root, files, problems, _across(root, files, tenants.refused))


def _checked(
    root: Path, files: Files, problems: tuple[Problem, ...], placed: list[tuple[Problem, Confinement]]
) -> Loaded:
    """Decide what a set of mistakes leaves of the estate."""
    known = tuple(sorted({*problems, *(problem for problem, _ in placed)}))
    if any(problem.is_error and _tenant_of(problem.file) is None for problem in known):
        return Loaded(None, known)
    confined = {problem for problem, confinement in placed if confinement is Confinement.GRANT}
    blocked = _blocked(problem for problem in known if problem.is_error and problem not in confined)
    sound = {name: tenant for name, tenant in sorted(files.tenants.items()) if name not in blocked}
    resting = [problem for problem, _ in _place(root, [("grant-rests", v) for v in _resting(sound, blocked)])]
    estate = Estate(root, files.as_of, files.platform, files.catalogue, sound, blocked, grants_between(sound))
    return Loaded(estate, tuple(sorted((*known, *resting))))


def _across(root: Path, files: Files, refused: Mapping[str, Json]) -> list[tuple[Problem, Confinement]]:
    """Run all rules; on files that their model refused, on what can be salvaged of them."""
    found = [(rule.id, violation) for rule in RULES for violation in rule.check(files)]
    salvaged = {stem: rest for stem, data in refused.items() if (rest := salvage(data)) is not None}
    if salvaged:
        tenants = {**files.tenants, **{stem: rest.tenant for stem, rest in salvaged.items()}}
        wider = replace(files, tenants=tenants, unreadable=files.unreadable - salvaged.keys())
        by_file = {tenant_file(stem): rest for stem, rest in salvaged.items()}
        for rule in RULES:
            for violation in rule.check(wider):
                rest = by_file.get(violation.file)
                if rest is not None and not rest.doubtful(path := rest.original(violation.path)):
                    found.append((rule.id, replace(violation, path=path)))
    return _place(root, found)


def _resting(sound: Mapping[str, Tenant], blocked: Mapping[str, str]) -> Iterator[Violation]:
    """Warn whoever uses a service of a tenant that is blocked."""
    for name, tenant in sound.items():
        for index, service in enumerate(tenant.services):
            if service.provider is not None and service.provider in blocked:
                message = f"{tenant_file(service.provider)} has errors, so {service.use} cannot be used"
                path = ("services", index, "from")
                yield Violation(tenant_file(name), path, message, "mend that file first", ProblemSeverity.WARNING)


def require_estate(root: Path, *, as_of: date | None = None) -> Estate:
    """Return the estate; a tenant with an error of its own is in its ``blocked``.

    :raises InvalidEstate: the platform or the catalogue has errors
    """
    loaded = load_estate(root, as_of=as_of)
    if loaded.estate is None:
        raise InvalidEstate(loaded.problems)
    return loaded.estate


@dataclass(frozen=True, slots=True)
class _Read(Generic[M]):
    """One file: its model, or what it says without one."""

    model: M | None
    data: Json
    problems: tuple[Problem, ...]


def _read(root: Path, file: str, model: type[M]) -> _Read[M]:
    source, problems = read_source(root, file)
    if source is None:
        return _Read(None, None, problems)
    document = parse(source)
    typed, mistakes = read_model(document, model)
    problems = (*document.problems, *mistakes)
    return _Read(None if any(p.is_error for p in problems) else typed, document.data, problems)


@dataclass(frozen=True, slots=True)
class _ReadAll(Generic[M]):
    """The files of one directory, by stem."""

    models: dict[str, M]
    refused: dict[str, Json]
    """What refused files say, as far as they could be read."""
    problems: tuple[Problem, ...]


def _read_all(root: Path, directory: str, model: type[M]) -> _ReadAll[M]:
    models: dict[str, M] = {}
    refused: dict[str, Json] = {}
    stems, problems = list_stems(root, directory)
    for stem in stems:
        read = _read(root, f"{directory}/{stem}.yaml", model)
        problems.extend(read.problems)
        if read.model is not None:
            models[stem] = read.model
        else:
            refused[stem] = read.data
    return _ReadAll(models, refused, tuple(problems))


def _place(root: Path, violations: list[tuple[str, Violation]]) -> list[tuple[Problem, Confinement]]:
    """Give each violation its line and column; only files with a violation are read again."""
    nodes: dict[str, yaml.Node | None] = {}
    placed = []
    for rule, violation in violations:
        if violation.file not in nodes:
            nodes[violation.file] = _node(root, violation.file)
        node = nodes[violation.file]
        position = locate(node, violation.path, key=violation.key) if node is not None else Position(1, 1)
        problem = Problem(
            violation.file, position.line, position.column, rule, violation.message, violation.hint, violation.severity
        )
        placed.append((problem, violation.confinement))
    return placed


def _node(root: Path, file: str) -> yaml.Node | None:
    """Read a file once more for its positions; None where it changed in between and cannot be read now."""
    source, _ = read_source(root, file)
    try:
        return compose(source) if source is not None else None
    except yaml.YAMLError:
        return None


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
