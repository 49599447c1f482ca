"""A new tenant: from the answers of a person and the estate to a checked file.

Here: what follows from both, and that a file with errors does not stay. What is chosen for a tenant stands in
``choices``, how its file is written in ``tenant_text``; who is asked, and how, is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from kogge.atomic import write_atomically
from kogge.errors import UsageError
from kogge.estate import Estate, Loaded, Problem, load_estate, require_estate
from kogge.estate.files.document import Path as FieldPath
from kogge.estate.files.model_errors import refusals
from kogge.estate.models.body import BodyKind
from kogge.estate.models.data_protection import AUTHORITY_OF, AtEnd, Authority
from kogge.estate.models.regional_key import ags_of
from kogge.estate.models.tenant import Backup, Reach, Stage, Tenant, TenantName
from kogge.estate.rules.rule import tenant_file
from kogge.json_value import Json, JsonObject
from kogge.partner.answers import Answers, Question
from kogge.partner.choices import PILOT_SHARE, PlacementChoice, choose_placement, choose_size, choose_version
from kogge.partner.register import look_up
from kogge.partner.tenant_text import tenant_text

PILOT_LENGTH: Final = timedelta(days=365)

Ask = Callable[[Sequence[Question]], Mapping[Question, str]]
"""Asks a person; raises UsageError where there is none to ask."""

_OPTION_OF: Final = {
    "body.kind": Question.KIND,
    "body.official_name": Question.OFFICIAL_NAME,
    "body": Question.KEY,
    "contacts.platform": Question.CONTACT,
    "contacts.data_protection": Question.DATA_PROTECTION,
    "data_protection.processing_contract.reference": Question.CONTRACT,
    "data_protection.processing_contract.signed": Question.SIGNED,
    "size": "size",
    "access.operators": "operators",
    "access.viewers": "viewers",
    "network.vpn.public_key": "vpn-key",
    "network.vpn.networks": "vpn-network",
    "network.vpn.endpoint": "vpn-endpoint",
    "services": "service",
}
"""Beginning of a field's path -> the option that it comes from; the first that fits."""


class FileRefused(UsageError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """The new file contradicts the rest of the estate and was not kept."""

    def __init__(self, file: str, text: str, problems: tuple[Problem, ...]) -> None:
        self.file = file
        self.text = text
        """What the file said, for whoever shows the places."""
        self.problems = problems
        super().__init__(f"{file} would have errors and was not written", hint="call again with the values mended")


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A file that was written."""

    file: str
    checked: Loaded
    """The estate with the new file, and the warnings that it did not have before."""


def onboard(root: Path, answers: Answers, ask: Ask, *, bodies: Path | None = None) -> Onboarded:
    """Write the file of a new tenant below ``root`` and check the estate with it.

    :param bodies: a list of municipalities instead of ``gemeinden.csv`` of the data root
    :raises UsageError: the tenant exists, or an answer is not one; :class:`FileRefused` with the places
    :raises EstateFull: there is no room for it
    """
    estate = require_estate(root)
    file = tenant_file(_name(answers.name))
    if (root / file).exists():
        raise UsageError(f"{file} exists", hint=f"see `kogge tenant show {answers.name}`")
    kind = next((kind for kind in BodyKind if kind == answers.to(Question.KIND)), None)
    key = ags_of(answers.keys[0]) if answers.keys else None
    answers = answers.filled_from(look_up(root, bodies, name=answers.name, key=key, kind=kind))
    if answers.missing:
        answers = answers.with_said(ask(answers.missing))
    return _write(root, file, tenant_text(new_tenant(estate, answers, choose_placement(estate))))


def _write(root: Path, file: str, text: str) -> Onboarded:
    """Write the file and check the estate with it; a file with errors does not stay."""
    known = set(load_estate(root).problems)
    write_atomically(root / file, text, mode=0o644)
    try:
        loaded = load_estate(root)
    except BaseException:
        (root / file).unlink()
        raise
    own = tuple(problem for problem in loaded.problems if problem not in known)
    if any(problem.is_error for problem in own):
        (root / file).unlink()
        raise FileRefused(file, text, own)
    return Onboarded(file, Loaded(loaded.estate, own))


def new_tenant(estate: Estate, answers: Answers, placement: PlacementChoice) -> Tenant:
    """Return the tenant that follows from the answers.

    :raises UsageError: answers that their fields do not take, all of them at once
    """
    data = _fields(estate, answers, placement)
    try:
        return Tenant.model_validate_json(to_json(data), strict=True)
    except ValidationError as error:
        mistakes = [f"{_option(each.path)}: {each.message}" for each in refusals(Tenant, data, error)]
        message = "\n  ".join(["these answers cannot be used:", *mistakes])
        raise UsageError(message, hint="call again with the values mended") from error


def _option(path: FieldPath) -> str:
    dotted = ".".join(str(part) for part in path)
    return next((f"--{option}" for prefix, option in _OPTION_OF.items() if dotted.startswith(prefix)), dotted)


def _fields(estate: Estate, answers: Answers, placement: PlacementChoice) -> JsonObject:
    """Return the fields of the file as far as they apply, each of them said once."""
    since, vpn = answers.since or estate.as_of, _vpn(answers)
    fields: JsonObject = {
        "name": answers.name,
        "body": _body(answers),
        "stage": answers.stage,
        "since": str(since),
        "contacts": {
            "platform": answers.to(Question.CONTACT),
            "data_protection": answers.to(Question.DATA_PROTECTION),
        },
        "data_protection": _data_protection(answers),
        "size": answers.size or choose_size(estate, answers.services, answers.stage),
        "placement": {
            "cluster": placement.cluster,
            "database_host": placement.database_host,
            **_given(vpn_address=str(placement.vpn_address) if vpn else ""),
        },
        "hostnames": [_domain(estate, answers)],
        "backup": Backup().model_dump(mode="json"),
    }
    if answers.stage is Stage.PILOT or answers.pilot_ends is not None:
        fields["pilot"] = {"ends": str(answers.pilot_ends or since + PILOT_LENGTH), "share": PILOT_SHARE}
    if vpn:
        fields["network"] = {"vpn": vpn}
    if access := _given(operators=list(answers.operators), viewers=list(answers.viewers)):
        fields["access"] = access
    if answers.services:
        fields["services"] = [_service(estate, answers, service) for service in answers.services]
    return fields


def _domain(estate: Estate, answers: Answers) -> str:
    return f"{answers.name}.{estate.platform.domain}"


def _given(**fields: Json) -> JsonObject:
    """Return the fields that are not empty."""
    return {name: value for name, value in fields.items() if value}


def _body(answers: Answers) -> JsonObject:
    kind, keys = answers.to(Question.KIND), answers.keys
    body: JsonObject = {"kind": kind, "official_name": answers.to(Question.OFFICIAL_NAME)}
    if kind == BodyKind.JOINT_BODY:
        return {**body, "carried_by": list(keys)}
    if len(keys) != 1:
        raise UsageError(f"{len(keys)} keys were given, and only a joint body has several", hint="give --key once")
    if kind == BodyKind.DISTRICT:
        return {**body, "district_key": keys[0]}
    ags = ags_of(keys[0])
    return {**body, "ags": ags, **_given(ars=keys[0] if keys[0] != ags else "")}


def _data_protection(answers: Answers) -> JsonObject:
    contract = _given(reference=answers.to(Question.CONTRACT), signed=answers.to(Question.SIGNED))
    return {
        "supervisory_authority": _authority(answers.keys),
        **_given(processing_contract=contract),
        "breach_notice_hours": 24,
        "at_end": {"action": AtEnd.RETURN, "within_days": 90},
    }


def _authority(keys: tuple[str, ...]) -> Authority:
    """Return the authority of the Land that the first key starts with.

    :raises UsageError: no Land has these digits
    """
    land = keys[0][:2] if keys else ""
    if land not in AUTHORITY_OF:
        raise UsageError(f"no regional key starts with {land!r}", hint="a key starts with its Land, 01 to 16")
    return AUTHORITY_OF[land]


def _vpn(answers: Answers) -> JsonObject:
    return _given(public_key=answers.vpn_key, endpoint=answers.vpn_endpoint, networks=list(answers.vpn_networks))


def _service(estate: Estate, answers: Answers, service: str) -> JsonObject:
    entry: JsonObject = {"use": service, "version": choose_version(estate, service)}
    if estate.catalogue[service].browser_port is None:
        return entry
    return {**entry, "hostname": f"{service}.{_domain(estate, answers)}", "reach": Reach.PUBLIC}


def _name(text: str) -> str:
    """Return the name if a tenant can bear it, before it becomes part of a path."""
    try:
        return TypeAdapter[str](TenantName).validate_python(text)
    except ValidationError:
        hint = "2 to 30 lower-case letters, digits and single hyphens, starting with a letter"
        raise UsageError(f"no tenant can be named {text!r}", hint=hint) from None
