"""A new tenant's file validates at once, whatever the body is; wrong answers leave nothing behind."""

from __future__ import annotations

import base64
import os
import pty
import subprocess
import sys
from datetime import date
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kogge.cli.app import app
from kogge.errors import KoggeError, UsageError
from kogge.estate import load_estate, require_estate
from kogge.estate.models.body import BodyKind, Municipality
from kogge.estate.models.tenant import Stage
from kogge.partner.onboarding import choose_placement, choose_size, choose_version, next_vpn_address
from kogge.partner.register import Entry, find, read_register, slug
from tests.support.checkout import CHECKOUT
from tests.support.estate_files import replace_in

MAILS = ["--contact", "it@new.example", "--data-protection", "dsb@new.example"]
MEMBER = ["--stage", "member", "--contract", "AVV-2026-30", "--signed", "2026-10-01"]
VPN = [
    "--vpn-key",
    base64.b64encode(b"k" * 32).decode(),
    "--vpn-network",
    "10.77.0.0/24",
    "--vpn-endpoint",
    "203.0.113.99:51820",
]


def new(root: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--root", str(root), "tenant", "new", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


@pytest.mark.parametrize(
    "words",
    [
        [
            "ratzeburg",
            "--kind",
            "municipality",
            "--key",
            "01053100",
            "--official-name",
            "Ratzeburg, Stadt",
            *MAILS,
            *MEMBER,
        ],
        ["pinneberg", "--kind", "district", "--key", "01056", "--official-name", "Kreis Pinneberg", *MAILS, *MEMBER],
        [
            "kiel",
            "--kind",
            "independent_city",
            "--key",
            "01002000",
            "--official-name",
            "Kiel, Landeshauptstadt",
            *MAILS,
            *VPN,
        ],
        [
            "verbund",
            "--kind",
            "joint_body",
            "--key",
            "01056",
            "--key",
            "01053100",
            "--official-name",
            "Verbund AöR",
            *MAILS,
        ],
        [
            "schwerin",
            "--kind",
            "independent_city",
            "--key",
            "13004000",
            "--official-name",
            'Schwerin: "Stadt"',
            *MAILS,
            "--service",
            "terminvergabe",
            "--service",
            "onlineformulare",
            "--operators",
            "oidc:schwerin-it",
        ],
    ],
    ids=["municipality", "district", "city with a vpn", "joint body", "pilot with services"],
)
def test_a_new_tenant_validates_in_one_go(root: Path, words: list[str]) -> None:
    assert new(root, *words) == f"tenants/{words[0]}.yaml\n"
    loaded = load_estate(root)
    assert [problem for problem in loaded.problems if problem.file == f"tenants/{words[0]}.yaml"] == []
    assert loaded.estate is not None
    assert words[0] in loaded.estate.tenants


def test_a_new_file_is_in_canonical_form(root: Path) -> None:
    new(root, "kiel", "--kind", "independent_city", "--key", "01002000", "--official-name", "Kiel", *MAILS, *VPN)
    result = CliRunner().invoke(app, ["--root", str(root), "tenant", "fmt", "kiel", "--check"])
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["kiel", "--kind", "municipality", "--key", "01002000", "--official-name", "Kiel", *MAILS],
        ["kiel", "--kind", "municipality", "--key", "99002001", "--official-name", "Kiel", *MAILS],
        ["kiel", "--kind", "municipality", "--key", "01053090", "--official-name", "Kiel", *MAILS],
        ["kiel", "--kind", "municipality", "--key", "01053100", "--official-name", "Kiel", "--size", "xl", *MAILS],
        [
            "kiel",
            "--kind",
            "municipality",
            "--key",
            "01053100",
            "--official-name",
            "Kiel",
            "--service",
            "nothing",
            *MAILS,
        ],
        ["kiel", "--kind", "municipality", "--key", "01053100", *MAILS, "--bodies", "/nonexistent.csv"],
        ["../outside", "--kind", "district", "--key", "01056", "--official-name", "X", *MAILS],
        ["moelln", "--kind", "district", "--key", "01056", "--official-name", "X", *MAILS],
        [
            "kiel",
            "--kind",
            "district",
            "--key",
            "01056",
            "--official-name",
            "X\nstage: member",
            "--contact",
            "a b",
            *MAILS[2:],
        ],
    ],
)
def test_wrong_answers_change_nothing(root: Path, words: list[str]) -> None:
    before = sorted((path.name, path.read_bytes()) for path in (root / "tenants").iterdir())
    with pytest.raises(UsageError):
        new(root, *words)
    assert sorted((path.name, path.read_bytes()) for path in (root / "tenants").iterdir()) == before


def test_what_is_missing_is_said_at_once_where_nobody_can_be_asked(root: Path) -> None:
    with pytest.raises(UsageError) as caught:
        new(root, "nowhere-at-all", "--stage", "member")
    assert caught.value.hint == (
        "add --kind … --official-name … --key … --contact … --data-protection … --contract … --signed …"
    )


def test_the_next_vpn_address_is_the_lowest_free_one(root: Path) -> None:
    assert next_vpn_address(require_estate(root)) == IPv4Address("10.200.0.11")


def test_a_full_vpn_network_is_said(root: Path) -> None:
    replace_in(root / "platform.yaml", "vpn_network: 10.200.0.0/16", "vpn_network: 10.200.0.0/28")
    estate = require_estate(root)
    taken = {t.placement.vpn_address for t in estate.tenants.values()}
    assert next_vpn_address(estate) not in taken
    replace_in(root / "platform.yaml", "vpn_network: 10.200.0.0/28", "vpn_network: 10.200.0.0/29")
    with pytest.raises(KoggeError, match="no address"):
        next_vpn_address(require_estate(root))


def test_the_freest_database_host_is_chosen(root: Path) -> None:
    assert choose_placement(require_estate(root)).database_host == "db2"
    replace_in(
        root / "platform.yaml",
        "databases: {connections: 400, storage: 500Gi}}\n  db2",
        "databases: {connections: 4000, storage: 5Ti}}\n  db2",
    )
    assert choose_placement(require_estate(root)).database_host == "db1"


def test_a_new_tenant_gets_the_version_of_the_lighthouse(root: Path) -> None:
    replace_in(root / "tenants" / "luebeck.yaml", '"2.4"', '"2.3"')
    for name in ("moelln", "rostock"):
        replace_in(root / "tenants" / f"{name}.yaml", '"2.4"', '"2.3"')
    estate = require_estate(root)
    assert choose_version(estate, "terminvergabe") == "2.3"
    assert choose_version(estate, "digitaler-zwilling") == "1.2"


def test_names_and_keys_are_looked_up_where_there_is_a_list(root: Path) -> None:
    rows = [
        "ags,name,kind,population",
        '01053100,"Ratzeburg, Stadt",gemeinde,14652',
        '01056000,"Pinneberg, (Kreis)",kreis,1',
    ]
    (root / "gemeinden.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    register = read_register(root / "gemeinden.csv")
    assert find(register, name="ratzeburg", key=None, kind=None) == (
        Entry("01053100", "Ratzeburg, Stadt", BodyKind.MUNICIPALITY),
    )
    assert find(register, name="x", key="01056", kind=None)[0].official_name == "Kreis Pinneberg"
    new(root, "ratzeburg", *MAILS)
    assert require_estate(root).tenants["ratzeburg"].body.official_name == "Ratzeburg, Stadt"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mölln, Stadt", "moelln"),
        ("Rostock, Hanse- und Universitätsstadt", "rostock"),
        ("Groß Grönau", "gross-groenau"),
        ("Kreis Segeberg", "segeberg"),
    ],
)
def test_names_of_towns_make_names_of_tenants(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_pilot_ends_after_a_year_unless_said(root: Path) -> None:
    new(
        root,
        "kiel",
        "--kind",
        "independent_city",
        "--key",
        "01002000",
        "--official-name",
        "Kiel",
        "--since",
        "2026-11-01",
        *MAILS,
    )
    pilot = require_estate(root).tenants["kiel"].pilot
    assert pilot is not None
    assert pilot.ends == date(2027, 11, 1)


def test_the_smallest_plan_that_fits_is_chosen(root: Path) -> None:
    estate = require_estate(root)
    assert choose_size(estate, (), Stage.PILOT) == "s"
    assert choose_size(estate, ("digitaler-zwilling",), Stage.MEMBER) == "s"
    assert choose_size(estate, ("digitaler-zwilling",), Stage.PILOT) == "m"


def test_a_pilot_with_a_large_service_validates_too(root: Path) -> None:
    words = ["kiel", "--kind", "independent_city", "--key", "01002000", "--official-name", "Kiel", *MAILS, *VPN]
    new(root, *words, "--service", "digitaler-zwilling", "--service", "ratsinformation")
    assert require_estate(root).tenants["kiel"].size == "m"


def test_what_is_missing_is_asked_on_a_terminal(root: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"district\nKreis Pinneberg\n01056\nit@pinneberg.example\ndsb@pinneberg.example\n")
    words = [sys.executable, "-m", "kogge", "--root", str(root), "tenant", "new", "some-district"]
    result = subprocess.run(words, stdin=theirs, capture_output=True, text=True, timeout=60, cwd=CHECKOUT)
    os.close(theirs)
    os.close(ours)
    assert (result.returncode, result.stdout) == (0, "tenants/some-district.yaml\n")
    assert require_estate(root).tenants["some-district"].body.official_name == "Kreis Pinneberg"


def test_an_ars_gives_both_keys(root: Path) -> None:
    new(root, "ratzeburg", "--kind", "municipality", "--key", "010530100100", "--official-name", "Ratzeburg", *MAILS)
    body = require_estate(root).tenants["ratzeburg"].body
    assert isinstance(body, Municipality)
    assert (body.ags, body.ars) == ("01053100", "010530100100")
