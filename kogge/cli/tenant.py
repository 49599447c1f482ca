"""``kogge tenant``: a new partner's file, the list of partners, one partner's record, the canonical form."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import TypeAdapter, ValidationError

from kogge.atomic import write_atomically
from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.validate import as_text, day
from kogge.errors import ExitCode, UsageError
from kogge.estate import Estate, Loaded, load_estate, require_estate
from kogge.estate.models.body import BodyKind
from kogge.estate.models.regional_key import ags_of
from kogge.estate.models.tenant import Stage, TenantName
from kogge.estate.rules.rule import tenant_file
from kogge.partner.onboarding import Answers, VpnAnswers, choose_placement, choose_size, draft, missing_answers
from kogge.partner.record import record
from kogge.partner.register import Entry, find, read_register
from kogge.places import CHECKOUT

_QUESTIONS: Final = {
    "kind": f"Kind of body ({', '.join(BodyKind)})",
    "official-name": "Official name",
    "key": "AGS (8 digits), ARS (12) or district key (5); of a joint body, its carriers'",
    "contact": "Mail address of the partner's IT",
    "data-protection": "Mail address of the data protection officer",
    "contract": "Reference of the processing contract",
    "signed": "Day of its signature (year-month-day)",
}

app = typer.Typer(no_args_is_help=True, help="New, listed, shown and formatted tenant files.")


@app.command(
    epilog=examples(
        "kogge tenant new ratzeburg",
        r"""
        kogge tenant new ratzeburg --kind municipality --key 01053100 \
            --official-name "Ratzeburg, Stadt" --contact it@ratzeburg.example \
            --data-protection dsb@ratzeburg.example --service terminvergabe
        """,
    )
)
def new(  # one option per thing that only a person knows
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the tenant and stem of its file.")],
    kind: Annotated[BodyKind | None, typer.Option(help="Which legal person it is.")] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="AGS, ARS or district key; of a joint body, its carriers'.")
    ] = None,
    official_name: Annotated[str, typer.Option(help="As the statistical offices publish it.")] = "",
    contact: Annotated[str, typer.Option(help="Mail address of the partner's IT.")] = "",
    data_protection: Annotated[str, typer.Option(help="Mail address of the data protection officer.")] = "",
    stage: Annotated[Stage, typer.Option(help="pilot or member.")] = Stage.PILOT,
    contract: Annotated[str, typer.Option(help="Reference of the processing contract; members need one.")] = "",
    signed: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of its signature.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.", show_default="today")
    ] = None,
    pilot_ends: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day.", show_default="one year")
    ] = None,
    size: Annotated[str, typer.Option(help="A plan of platform.yaml.", show_default="the first that fits")] = "",
    service: Annotated[list[str] | None, typer.Option(help="An application to run; may be repeated.")] = None,
    operators: Annotated[list[str] | None, typer.Option(help="A group, oidc:name; may be repeated.")] = None,
    viewers: Annotated[list[str] | None, typer.Option(help="A group, oidc:name; may be repeated.")] = None,
    vpn_key: Annotated[str, typer.Option(help="The partner's WireGuard public key.")] = "",
    vpn_network: Annotated[list[str] | None, typer.Option(help="A network behind it; may be repeated.")] = None,
    vpn_endpoint: Annotated[str, typer.Option(help="Its address:port.")] = "",
    bodies: Annotated[Path | None, typer.Option(help="CSV list of municipalities, to look keys up.")] = None,
) -> None:
    """Write the file of a new tenant: asks for what it cannot derive, chooses the placement, checks the whole."""
    root = root_option(ctx)
    estate = require_estate(root)
    path = root / tenant_file(_name(name))
    if path.exists():
        raise UsageError(f"{tenant_file(name)} exists", hint=f"see `kogge tenant show {name}`")
    entry = _look_up(bodies, root, name, key, kind)
    given: dict[str, str] = {
        "kind": kind or (entry.kind if entry else ""),
        "official-name": official_name or (entry.official_name if entry else ""),
        "key": " ".join(key or ([entry.key] if entry else [])),
        "contact": contact,
        "data-protection": data_protection,
        "contract": contract,
        "signed": str(day(signed) or ""),
    }
    given |= _ask(missing_answers(given, stage))
    vpn = VpnAnswers(vpn_key, tuple(vpn_network or ()), vpn_endpoint or None) if vpn_key else None
    answers = Answers(
        name=name,
        kind=_kind(given["kind"]),
        official_name=given["official-name"],
        keys=tuple(given["key"].replace(",", " ").split()),
        platform_contact=given["contact"],
        data_protection_contact=given["data-protection"],
        stage=stage,
        since=day(since) or datetime.now(UTC).date(),
        size=size or choose_size(estate, tuple(service or ()), stage),
        contract=(given["contract"], _date(given["signed"])) if given["contract"] else None,
        pilot_ends=day(pilot_ends),
        operators=tuple(operators or ()),
        viewers=tuple(viewers or ()),
        vpn=vpn,
        services=tuple(service or ()),
    )
    _write(root, estate, answers, path)


def _write(root: Path, estate: Estate, answers: Answers, path: Path) -> None:
    """Write the file and check the estate with it; a file with errors does not stay."""
    file, known = tenant_file(answers.name), set(load_estate(root).problems)
    write_atomically(path, draft(estate, answers, choose_placement(estate)), mode=0o644)
    try:
        loaded = load_estate(root)
    except BaseException:
        path.unlink()
        raise
    own = tuple(problem for problem in loaded.problems if problem not in known)
    if own:
        typer.echo(as_text(root, Loaded(loaded.estate, own)), err=True)
    if any(problem.is_error for problem in own):
        path.unlink()
        raise UsageError(f"{file} would have errors and was not written", hint="call again with the values mended")
    typer.echo(file)
    typer.echo(f"next: kogge up {answers.name}", err=True)


def _look_up(bodies: Path | None, root: Path, name: str, key: list[str] | None, kind: BodyKind | None) -> Entry | None:
    """Return the one body of the list that is meant, where there is a list."""
    places = [bodies] if bodies else [root / "gemeinden.csv", CHECKOUT.parent / "shared" / "data" / "gemeinden.csv"]
    path = next((place for place in places if place.is_file()), None)
    if kind is BodyKind.JOINT_BODY or (path is None and bodies is None):
        return None
    found = find(read_register(path or places[0]), name=name, key=ags_of(key[0]) if key else None, kind=kind)
    if len(found) > 1 and not key:
        shown = ", ".join(f"{entry.key} {entry.official_name}" for entry in found[:8])
        raise UsageError(f"{len(found)} bodies are named so: {shown}", hint="say which one with --key")
    return found[0] if found else None


def _ask(names: list[str]) -> dict[str, str]:
    if names and not sys.stdin.isatty():
        options = " ".join(f"--{name} …" for name in names)
        raise UsageError("a tenant needs more than was given", hint=f"add {options}")
    return {name: _answer(_QUESTIONS[name]) for name in names}


def _answer(question: str) -> str:
    """Ask on stderr, so that stdout carries the result alone."""
    while True:
        typer.echo(f"{question}: ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise UsageError(f"no answer to: {question}", hint="nothing was written; call again, or give the option")
        if line.strip():
            return line.strip()


def _name(text: str) -> str:
    """Return the name if a tenant can bear it, before it becomes part of a path."""
    try:
        return TypeAdapter[str](TenantName).validate_python(text)
    except ValidationError:
        hint = "2 to 30 lower-case letters, digits and single hyphens, starting with a letter"
        raise UsageError(f"no tenant can be named {text!r}", hint=hint) from None


def _kind(text: str) -> BodyKind:
    try:
        return BodyKind(text)
    except ValueError:
        raise UsageError(f"{text!r} is no kind of body", hint=f"one of {', '.join(BodyKind)}") from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date", hint="write year-month-day, for instance 2026-03-31") from None


@app.command(name="list", epilog=examples("kogge tenant list", "kogge tenant list --json"))
def list_tenants(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False
) -> None:
    """List all tenants, also those whose file has errors."""
    estate = require_estate(root_option(ctx))
    rows = [
        {
            "name": tenant.name,
            "official_name": tenant.body.official_name,
            "kind": str(tenant.body.kind),
            "stage": str(tenant.stage),
            "size": tenant.size,
            "cluster": tenant.placement.cluster,
            "services": [service.use for service in tenant.services],
        }
        for tenant in estate.tenants.values()
    ]
    if as_json:
        typer.echo(
            json.dumps({"version": 1, "tenants": rows, "blocked": dict(estate.blocked)}, ensure_ascii=False, indent=2)
        )
        return
    width = max((len(str(row["name"])) for row in rows), default=4)
    for row in rows:
        services = ", ".join(row["services"])
        typer.echo(f"{row['name']:<{width}}  {row['stage']:<7}  {row['size']:<3}  {row['cluster']:<6}  {services}")
    for name, reason in estate.blocked.items():
        typer.echo(f"{name:<{width}}  blocked  {reason}")


@app.command(epilog=examples("kogge tenant show moelln", "kogge tenant show segeberg --json"))
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Show one tenant: its record of processing (GDPR Art. 30 (2)), its services, grants and use of the plan."""
    estate = require_estate(root_option(ctx))
    entry = record(estate, estate.tenant(name))
    if as_json:
        typer.echo(json.dumps({"version": 1, **entry}, ensure_ascii=False, indent=2))
        return
    for key, value in entry.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            typer.echo(f"{key.replace('_', ' ') if number == 0 else '':<24}{line}")


@app.command(epilog=examples("kogge tenant fmt", "kogge tenant fmt moelln --check"))
def fmt(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Tenants; none means all.", show_default=False)] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
) -> None:
    """Write tenant files in canonical order, with their comments; what they say stays the same."""
    from kogge.estate.files.source import list_stems, read_raw
    from kogge.partner.canonical import canonical

    root = root_option(ctx)
    changed = False
    for name in names or list_stems(root, "tenants")[0]:
        file = tenant_file(name)
        text = read_raw(root, file)
        formatted = canonical(file, text)
        if formatted != text:
            changed = True
            typer.echo(file)
            if not check:
                write_atomically(root / file, formatted, mode=(root / file).stat().st_mode & 0o777)
    if check and changed:
        raise typer.Exit(ExitCode.FAILED)
