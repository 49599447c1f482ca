"""``kogge tenant``: a new partner's file, the list of partners, one partner's record, the canonical form."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.cli.validate import as_text, day
from kogge.errors import ExitCode, UsageError
from kogge.estate import Loaded, require_estate
from kogge.estate.models.body import BodyKind
from kogge.estate.models.tenant import Stage
from kogge.partner.answers import Answers, Question
from kogge.partner.record import record

_QUESTIONS: Final = {
    Question.KIND: f"Kind of body ({', '.join(BodyKind)})",
    Question.OFFICIAL_NAME: "Official name",
    Question.KEY: "AGS (8 digits), ARS (12) or district key (5); of a joint body, its carriers'",
    Question.CONTACT: "Mail address of the partner's IT",
    Question.DATA_PROTECTION: "Mail address of the data protection officer",
    Question.CONTRACT: "Reference of the processing contract",
    Question.SIGNED: "Day of its signature (year-month-day)",
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
    from kogge.partner.onboarding import FileRefused, onboard

    root = root_option(ctx)
    said = {
        Question.KIND: kind or "",
        Question.OFFICIAL_NAME: official_name,
        Question.KEY: " ".join(key or ()),
        Question.CONTACT: contact,
        Question.DATA_PROTECTION: data_protection,
        Question.CONTRACT: contract,
        Question.SIGNED: str(day(signed) or ""),
    }
    answers = Answers(
        name=name,
        said=said,
        stage=stage,
        since=day(since),
        pilot_ends=day(pilot_ends),
        size=size,
        services=tuple(service or ()),
        operators=tuple(operators or ()),
        viewers=tuple(viewers or ()),
        vpn_key=vpn_key,
        vpn_networks=tuple(vpn_network or ()),
        vpn_endpoint=vpn_endpoint,
    )
    try:
        done = onboard(root, answers, _ask, bodies=bodies)
    except FileRefused as refused:
        say(as_text(root, Loaded(None, refused.problems), drafts={refused.file: refused.text}), err=True)
        raise
    if done.checked.problems:
        say(as_text(root, done.checked), err=True)
    say(done.file)
    say(f"next: kogge up {name}", err=True)


def _ask(questions: Sequence[Question]) -> dict[Question, str]:
    if not sys.stdin.isatty():
        options = " ".join(f"--{question} …" for question in questions)
        raise UsageError("a tenant needs more than was given", hint=f"add {options}")
    return {question: _answer(_QUESTIONS[question]) for question in questions}


def _answer(question: str) -> str:
    """Ask on stderr, so that stdout carries the result alone."""
    while True:
        say(f"{question}: ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise UsageError(f"no answer to: {question}", hint="nothing was written; call again, or give the option")
        if line.strip():
            return line.strip()


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
        say_json({"version": 1, "tenants": rows, "blocked": dict(estate.blocked)})
        return
    width = max((len(str(row["name"])) for row in rows), default=4)
    for row in rows:
        services = ", ".join(row["services"])
        say(f"{row['name']:<{width}}  {row['stage']:<7}  {row['size']:<3}  {row['cluster']:<6}  {services}")
    for name, reason in estate.blocked.items():
        say(f"{name:<{width}}  blocked  {reason}")


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
        say_json({"version": 1, **entry})
        return
    for key, value in entry.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            say(f"{key.replace('_', ' ') if number == 0 else '':<24}{line}")


@app.command(epilog=examples("kogge tenant fmt", "kogge tenant fmt moelln --check"))
def fmt(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Tenants; none means all.", show_default=False)] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
) -> None:
    """Write tenant files in canonical order, with their comments; what they say stays the same."""
    from kogge.partner.canonical import reformat

    changed = False
    for file in reformat(root_option(ctx), names or (), dry_run=check):
        changed = True
        say(file)
    if check and changed:
        raise typer.Exit(ExitCode.FAILED)
