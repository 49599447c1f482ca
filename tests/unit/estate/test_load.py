"""Whatever stands in a file: no traceback, no hang, and nothing accepted that a rule forbids."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kogge.estate import Estate, Loaded, load_estate
from kogge.estate.estate import space_name
from kogge.estate.files.document import parse
from kogge.estate.files.source import Source
from kogge.estate.models.body import District, JointBody, Municipality
from kogge.estate.models.data_protection import AUTHORITY_OF
from kogge.estate.models.tenant import Stage
from kogge.partner.canonical import Unformattable, canonical
from tests.support.estate_files import AS_OF, BASE

LONGEST_SECONDS = 2.0
TENANTS = sorted(path.stem for path in (BASE / "tenants").glob("*.yaml"))
TEXTS = {name: (BASE / "tenants" / f"{name}.yaml").read_text(encoding="utf-8") for name in TENANTS}

CALM = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FRAGMENTS = (
    *"{}[],:&*!|>'\"%@`#-?\n\t\r\x00\u2028\ufeff\u0308",
    "- ",
    ": ",
    "\n  ",
    "---\n",
    "null",
    "~",
    "0x1f",
    "01053090",
    "1e999",
    "2026-02-30",
    "10.244.0.0/16",
    "0.0.0.0/0",
    "<<: *a",
    "&a ",
    "!!python/object:os.system ",
    "moelln--x",
    "luebeck.kommune.example",
    "members",
    "closed",
    "leaving",
    "🏛",
)


@cache
def shared_root() -> Path:
    """One copy of the base estate for all examples: copying it each time would cost more than the checks."""
    directory = tempfile.mkdtemp(prefix="kogge-estate-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(shutil.copytree(BASE, Path(directory) / "data"))


@contextmanager
def estate_with(name: str, content: bytes) -> Iterator[Path]:
    path = shared_root() / "tenants" / f"{name}.yaml"
    path.write_bytes(content)
    try:
        yield shared_root()
    finally:
        path.write_text(TEXTS[name], encoding="utf-8")


def load_in_time(root: Path) -> Loaded:
    started = time.process_time()
    loaded = load_estate(root, as_of=AS_OF)
    assert time.process_time() - started < LONGEST_SECONDS
    assert all(p.line >= 1 and p.column >= 1 and p.message and p.hint for p in loaded.problems)
    if loaded.estate is not None:
        assert_what_no_accepted_estate_breaks(loaded.estate)
    return loaded


def assert_what_no_accepted_estate_breaks(estate: Estate) -> None:
    """The rules once more, said in another way: over what was accepted, not over what was refused."""
    tenants = list(estate.tenants.values())
    addresses = [t.placement.vpn_address for t in tenants if t.placement.vpn_address]
    assert len(addresses) == len(set(addresses))
    hostnames = [s.hostname for t in tenants for s in t.services if s.hostname]
    assert len(hostnames) == len(set(hostnames))
    spaces = [space_name(t.name, s.use) for t in tenants for s in t.services if s.dedicated]
    assert len(spaces) == len(set(spaces))
    keys = [
        t.body.ags if isinstance(t.body, Municipality) else t.body.district_key
        for t in tenants
        if not isinstance(t.body, JointBody)
    ]
    assert len(keys) == len(set(keys))
    networks = [(t.name, n) for t in tenants if t.network.vpn for n in t.network.vpn.networks]
    for index, (name, network) in enumerate(networks):
        assert not network.overlaps(IPv4Network("10.244.0.0/16"))
        assert not any(network.overlaps(other) for owner, other in networks[:index] if owner != name)
    for stem, tenant in estate.tenants.items():
        assert stem == tenant.name
        assert tenant.size in estate.platform.plans
        assert tenant.placement.cluster in estate.platform.clusters
        assert not any(e.to.overlaps(IPv4Network("169.254.169.254/32")) for e in tenant.network.external)
        if tenant.stage is Stage.MEMBER:
            assert tenant.data_protection.processing_contract is not None
        if tenant.stage is Stage.PILOT:
            assert tenant.pilot is not None
            assert tenant.pilot.ends >= AS_OF
        for service in tenant.services:
            assert service.use in estate.catalogue
            assert service.hostname is None or any(service.hostname.endswith(domain) for domain in tenant.hostnames)
        if isinstance(tenant.body, Municipality | District):
            key = tenant.body.ags if isinstance(tenant.body, Municipality) else tenant.body.district_key
            assert tenant.data_protection.supervisory_authority is AUTHORITY_OF[key[:2]]
    for grant in estate.grants:
        assert any(o.service == grant.service for o in estate.tenants[grant.provider].offers)
        assert any(s.provider == grant.provider for s in estate.tenants[grant.consumer].services)


@CALM
@given(name=st.sampled_from(TENANTS), content=st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_or_read(name: str, content: bytes) -> None:
    with estate_with(name, content) as root:
        loaded = load_in_time(root)
    assert any(problem.file == f"tenants/{name}.yaml" and problem.is_error for problem in loaded.problems)


@CALM
@given(data=st.data(), name=st.sampled_from(TENANTS))
def test_mutated_files_are_refused_or_keep_the_rules(data: st.DataObject, name: str) -> None:
    text = TEXTS[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 3, 20])))
        text = text[:start] + data.draw(st.sampled_from(FRAGMENTS)) + text[end:]
    with estate_with(name, text.encode("utf-8")) as root:
        load_in_time(root)


@CALM
@given(data=st.data(), name=st.sampled_from(TENANTS))
def test_values_of_other_files_are_refused_or_keep_the_rules(data: st.DataObject, name: str) -> None:
    """Lines of one partner in the file of another: what a copied file looks like."""
    lines = TEXTS[name].split("\n")
    others = [line for other in TENANTS if other != name for line in TEXTS[other].split("\n")]
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        head = lines[place].split(":")[0]
        fitting = [line for line in others if line.split(":")[0] == head] or others
        lines[place] = data.draw(st.sampled_from(fitting))
    with estate_with(name, "\n".join(lines).encode("utf-8")) as root:
        load_in_time(root)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@CALM
@given(data=st.data(), name=st.sampled_from(TENANTS), value=JSON_VALUES)
def test_any_value_in_any_field_is_refused_or_keeps_the_rules(data: st.DataObject, name: str, value: object) -> None:
    document = parse(Source(name, TEXTS[name])).data
    assert isinstance(document, dict)
    with estate_with(name, json.dumps(document).encode()) as root:
        assert load_in_time(root).ok
    field = data.draw(st.sampled_from(sorted(document)))
    with estate_with(name, json.dumps({**document, field: value}).encode()) as root:
        load_in_time(root)


@CALM
@given(text=st.text(max_size=300))
def test_any_text_is_parsed_in_time(text: str) -> None:
    started = time.process_time()
    parse(Source("x.yaml", text))
    assert time.process_time() - started < LONGEST_SECONDS


@CALM
@given(offset=st.integers(-400, 400))
def test_a_pilot_is_accepted_until_its_last_day(offset: int) -> None:
    ends = AS_OF + timedelta(days=offset)
    text = TEXTS["rostock"].replace("ends: 2027-01-31", f"ends: {ends}")
    with estate_with("rostock", text.encode("utf-8")) as root:
        loaded = load_in_time(root)
    assert loaded.estate is not None
    assert ("rostock" in loaded.estate.tenants) == (offset >= 0)
    assert any(p.rule == "pilot-runs" for p in loaded.problems) == (offset <= 30)


@CALM
@given(data=st.data(), name=st.sampled_from(TENANTS))
def test_formatting_never_changes_what_a_file_says(data: st.DataObject, name: str) -> None:
    text = TEXTS[name]
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = (
            text[:place]
            + data.draw(st.sampled_from(("# note\n", "\n", "  ", " # why", "\t", '"', "'", "|\n")))
            + text[place:]
        )
    before = parse(Source(name, text))
    try:
        formatted = canonical(name, text)
    except Unformattable:
        return
    assert parse(Source(name, formatted)).data == before.data
    assert canonical(name, formatted) == formatted
