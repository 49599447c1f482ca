"""The text of a new tenant says what the tenant says, in a form that formatting leaves as it is."""

from __future__ import annotations

import unicodedata
from datetime import date
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kogge.estate import require_estate
from kogge.estate.files.document import parse
from kogge.estate.files.model_errors import read_model
from kogge.estate.files.source import Source, read_source
from kogge.estate.models.body import District
from kogge.estate.models.tenant import Stage, Tenant
from kogge.partner.answers import Answers, Question
from kogge.partner.canonical import canonical
from kogge.partner.choices import PlacementChoice
from kogge.partner.onboarding import new_tenant
from kogge.partner.tenant_text import tenant_text
from tests.support.estate_files import BASE

PLACE = PlacementChoice("hl1", "db2", IPv4Address("10.200.0.11"))
CONTACTS = {Question.CONTACT: "it@new.example", Question.DATA_PROTECTION: "dsb@new.example"}
FULL = """\
# yaml-language-server: $schema=../schemas/tenant.json
name: schwerin
body: {kind: independent_city, official_name: "S \\"S\\"", ags: "13004000", ars: "130040000000"}  # keys are quoted
stage: pilot  # pilot, member, leaving, closed
since: 2026-11-20
pilot: {ends: 2027-11-20, share: 50}  # share: percent of the plan that may be used
contacts: {platform: it@new.example, data_protection: dsb@new.example}
data_protection:
  supervisory_authority: LfDI MV
  processing_contract: {reference: "AVV-2026-30", signed: 2026-10-01}  # GDPR Art. 28 (3)
  breach_notice_hours: 24  # within how many hours the partner is told of a breach
  at_end: {action: return, within_days: 90}  # return or delete, by when after the end
size: s  # a plan of platform.yaml
placement: {cluster: hl1, database_host: db2, vpn_address: 10.200.0.11}  # chosen once, by free capacity
access:
  operators: [oidc:schwerin-it]  # look, delete pods, scale within bounds
  viewers: [oidc:schwerin-a, oidc:schwerin-b]  # look
network:
  vpn: {public_key: "KEY", endpoint: "203.0.113.99:51820", networks: [10.77.0.0/24]}
hostnames: [schwerin.kommune.example]
backup: {keep_daily: 14, keep_monthly: 12, rpo: 24h, rto: 8h}
services:
  - use: terminvergabe
    version: "2.4"
    hostname: terminvergabe.schwerin.kommune.example
    reach: public  # or vpn
""".replace("KEY", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")
SMALL = """\
# yaml-language-server: $schema=../schemas/tenant.json
name: verbund
body: {kind: joint_body, official_name: "Verbund AöR", carried_by: ["01056", "01053100"]}  # keys are quoted
stage: member  # pilot, member, leaving, closed
since: 2026-11-20
contacts: {platform: it@new.example, data_protection: dsb@new.example}
data_protection:
  supervisory_authority: ULD
  breach_notice_hours: 24  # within how many hours the partner is told of a breach
  at_end: {action: return, within_days: 90}  # return or delete, by when after the end
size: s  # a plan of platform.yaml
placement: {cluster: hl1, database_host: db2}  # chosen once, by free capacity
hostnames: [verbund.kommune.example]
backup: {keep_daily: 14, keep_monthly: 12, rpo: 24h, rto: 8h}
"""


def read(text: str) -> Tenant:
    tenant, problems = read_model(parse(Source("tenants/x.yaml", text)), Tenant)
    assert problems == ()
    assert tenant is not None
    return tenant


def test_everything_that_can_be_said_is_written_with_a_word_on_it() -> None:
    answers = Answers(
        name="schwerin",
        said={
            Question.KIND: "independent_city",
            Question.OFFICIAL_NAME: 'S "S"',
            Question.KEY: "130040000000",
            Question.CONTRACT: "AVV-2026-30",
            Question.SIGNED: "2026-10-01",
            **CONTACTS,
        },
        since=date(2026, 11, 20),
        size="s",
        services=("terminvergabe",),
        operators=("oidc:schwerin-it",),
        viewers=("oidc:schwerin-a", "oidc:schwerin-b"),
        vpn_key="a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        vpn_networks=("10.77.0.0/24",),
        vpn_endpoint="203.0.113.99:51820",
    )
    assert tenant_text(new_tenant(require_estate(BASE), answers, PLACE)) == FULL


def test_what_was_not_said_is_not_written() -> None:
    said = {Question.KIND: "joint_body", Question.OFFICIAL_NAME: "Verbund AöR", Question.KEY: "01056, 01053100"}
    answers = Answers("verbund", {**said, **CONTACTS}, Stage.MEMBER, since=date(2026, 11, 20))
    assert tenant_text(new_tenant(require_estate(BASE), answers, PLACE)) == SMALL


@pytest.mark.parametrize("path", sorted((BASE / "tenants").glob("*.yaml")), ids=lambda path: path.stem)
def test_any_tenant_is_read_back_from_its_text_and_formatting_leaves_it(path: Path) -> None:
    source, _ = read_source(BASE, f"tenants/{path.name}")
    assert source is not None
    tenant = read(source.text)
    text = tenant_text(tenant)
    assert read(text) == tenant
    assert canonical("x", text) == text


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0x17F), min_size=2, max_size=60))
def test_any_name_of_a_body_is_quoted_so_that_it_is_read_back(name: str) -> None:
    try:
        body = TypeAdapter(District).validate_python(
            {"kind": "district", "official_name": name, "district_key": "01056"}
        )
    except ValidationError:
        reject()
    assume(name.isprintable() and unicodedata.is_normalized("NFC", name))
    text = tenant_text(read(SMALL).model_copy(update={"body": body}))
    assert read(text).body == body


@pytest.mark.parametrize(
    "reference", ["no", "on", "null", "true", "12", "1e3", "2026-01-01", "a: b", "- x", "#1", "x #1", "0x10"]
)
def test_a_text_stays_a_text_for_every_reader_of_yaml(reference: str) -> None:
    contract = f"  processing_contract: {{reference: '{reference}', signed: 2026-10-01}}\n  breach"
    text = tenant_text(read(SMALL.replace("  breach", contract, 1)))
    assert yaml.safe_load(text)["data_protection"]["processing_contract"]["reference"] == reference
