"""A new tenant's file validates at once, whatever the body is; wrong answers leave nothing behind."""

from __future__ import annotations

import base64
import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kogge.cli.app import app
from kogge.errors import UsageError
from kogge.estate import load_estate, require_estate
from kogge.estate.models.body import Municipality
from kogge.partner.onboarding import FileRefused
from tests.support.checkout import CHECKOUT

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


def test_names_and_keys_are_looked_up_where_there_is_a_list(root: Path) -> None:
    rows = [
        "ags,name,kind,population",
        '01053100,"Ratzeburg, Stadt",gemeinde,14652',
        '01056000,"Pinneberg, (Kreis)",kreis,1',
    ]
    (root / "gemeinden.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    new(root, "ratzeburg", *MAILS)
    assert require_estate(root).tenants["ratzeburg"].body.official_name == "Ratzeburg, Stadt"


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


KIEL = ["kiel", "--kind", "independent_city", "--key", "01002000", "--official-name", "Kiel"]


def refusal(root: Path, *words: str) -> str:
    with pytest.raises(UsageError) as caught:
        new(root, *words)
    assert not (root / "tenants" / f"{words[0]}.yaml").exists()
    return str(caught.value)


def test_all_answers_that_cannot_be_are_said_at_once_with_their_options(root: Path) -> None:
    said = refusal(
        root,
        *["kiel", "--kind", "independent_city", "--key", "0100200", "--official-name", "Kiel"],
        *["--contact", "a b", "--data-protection", "dsb@new.example", "--operators", "it"],
        *["--vpn-key", "short", "--vpn-network", "10.77.0.1/24"],
    )
    assert said.splitlines() == [
        "these answers cannot be used:",
        "  --key: body.ags is '0100200': an AGS has 8 digits, this has 7",
        "  --contact: contacts.platform is 'a b': expected a mail address",
        "  --operators: access.operators[0] is 'it': expected a group as oidc:name",
        "  --vpn-key: network.vpn.public_key is 'short': expected a WireGuard public key: 44 characters, the last is =",
        "  --vpn-network: network.vpn.networks[0] is '10.77.0.1/24': write 10.77.0.0/24, the network itself",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--key", "01001000"], "2 keys were given, and only a joint body has several"),
        (["--vpn-endpoint", "203.0.113.99:51820"], "--vpn-key: network.vpn.public_key is missing"),
        (
            ["--stage", "member", "--contract", "AVV-1", "--signed", "2026-10-01", "--pilot-ends", "2027-01-01"],
            "errors",
        ),
        (["--contract", "AVV-1"], "--signed: data_protection.processing_contract.signed is missing"),
        (["--signed", "2026-10-01"], "--contract: data_protection.processing_contract.reference is missing"),
    ],
)
def test_no_option_is_dropped_in_silence(root: Path, words: list[str], said: str) -> None:
    assert said in refusal(root, *KIEL, *MAILS, *words)


def test_a_key_of_separators_alone_is_no_key(root: Path) -> None:
    assert "0 keys were given" in refusal(root, *KIEL[:3], "--key", ",", *KIEL[5:], *MAILS)


def test_a_file_that_contradicts_the_estate_is_shown_and_not_kept(root: Path) -> None:
    words = ["--root", str(root), "tenant", "new", *KIEL, *MAILS, "--pilot-ends", "2020-01-01"]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, FileRefused)
    assert "pilot: {ends: 2020-01-01, share: 50}" in result.stderr
    assert "^" in result.stderr
    assert not (root / "tenants" / "kiel.yaml").exists()


def test_a_list_of_bodies_can_be_named(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("lists") / "bodies.csv"
    other.write_text("ags,name,kind\n01002000,Kiel,kreisfreie_stadt\n", encoding="utf-8")
    assert new(root, "kiel", *MAILS, "--bodies", str(other)) == "tenants/kiel.yaml\n"
