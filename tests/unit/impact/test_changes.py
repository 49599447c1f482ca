"""What a change of the files touches, between two commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kogge.cli.app import app
from kogge.errors import UsageError
from tests.support.estate_files import replace_in


@pytest.fixture
def committed(root: Path) -> Path:
    author = ["-c", "user.name=Test", "-c", "user.email=test@kommune.example"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "Base"]):
        subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)
    return root


def impact(root: Path, *words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["--root", str(root), "impact", "--base", "HEAD", "--as-of", "2026-11-24", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    found: dict[str, Any] = json.loads(result.stdout) if "--json" in words else {"text": result.stdout}
    return found


def test_without_a_change_nothing_changes(committed: Path) -> None:
    found = impact(committed, "--json")
    assert found["changes"] == []
    assert found["approvals"] == []
    assert "Nothing changes." in impact(committed)["text"]


def test_a_new_network_touches_policies_and_needs_security(committed: Path) -> None:
    replace_in(committed / "tenants" / "moelln.yaml", "198.51.100.40/32", "198.51.100.41/32")
    found = impact(committed, "--json")
    assert found["edited"] == ["moelln"]
    assert found["also_touched"] == []
    assert {change["concern"] for change in found["changes"]} == {"network"}
    assert {"who": "security officer", "why": "network policies, access rights or admission rules change"} in found[
        "approvals"
    ]


def test_a_new_hostname_changes_what_the_platform_states_of_the_space_and_concerns_its_tenant(committed: Path) -> None:
    replace_in(committed / "tenants" / "moelln.yaml", "hostname: termine.moelln", "hostname: amt.moelln")
    found = impact(committed, "--json")
    stated = [change for change in found["changes"] if "/kogge-platform/" in change["what"]]
    assert [(change["verb"], change["tenant"], change["paths"]) for change in stated] == [
        ("change", "moelln", ["/data/moelln--terminvergabe"])
    ]
    assert stated[0]["what"] == "hl1/kogge-platform/ConfigMap/kogge-hostnames"
    assert found["also_touched"] == []


def test_closing_a_grant_touches_the_provider_and_asks_both_ends(committed: Path) -> None:
    path = committed / "tenants" / "segeberg.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.partition("  - use: digitaler-zwilling")[0], encoding="utf-8")
    replace_in(
        committed / "tenants" / "it-allianz-nord.yaml", "[segeberg, herzogtum-lauenburg]", "[herzogtum-lauenburg]"
    )
    found = impact(committed, "--json")
    assert found["edited"] == ["it-allianz-nord", "segeberg"]
    closers = {a["who"] for a in found["approvals"] if "closes" in a["why"]}
    assert closers == {"it-allianz-nord", "segeberg"}
    assert any(c["verb"] == "remove" and "grant-to-segeberg" in c["what"] for c in found["changes"])


def test_a_partner_that_did_not_change_is_named_as_touched(committed: Path) -> None:
    replace_in(committed / "tenants" / "segeberg.yaml", "networks: [10.60.0.0/22]", "networks: [10.60.4.0/22]")
    found = impact(committed, "--json")
    assert found["edited"] == ["segeberg"]
    assert found["also_touched"] == ["it-allianz-nord"]


def test_a_disappeared_file_is_shown_as_removal_that_holds_data(committed: Path) -> None:
    (committed / "tenants" / "moelln.yaml").unlink()
    found = impact(committed, "--json")
    assert any(change["verb"] == "remove" and change["holds_data"] for change in found["changes"])
    assert "**holds data or isolation**" in impact(committed)["text"]


def test_a_catalogue_change_touches_everybody_who_runs_it(committed: Path) -> None:
    replace_in(committed / "catalogue" / "terminvergabe.yaml", 'cpu_limit: "500m"', 'cpu_limit: "600m"')
    found = impact(committed, "--json")
    assert found["edited"] == []
    assert found["also_touched"] == ["luebeck", "moelln", "rostock"]


def test_a_freeze_asks_the_partner(committed: Path) -> None:
    replace_in(
        committed / "tenants" / "moelln.yaml",
        "size: s",
        "size: m\nfreezes: [{from: 2026-11-20, until: 2026-11-30, why: election}]",
    )
    assert {"who": "it@moelln.example", "why": "moelln is frozen until 2026-11-30: election"} in impact(
        committed, "--json"
    )["approvals"]


def test_a_file_with_errors_is_unknown_not_unchanged(committed: Path) -> None:
    replace_in(committed / "tenants" / "moelln.yaml", "size: s", "size: xl")
    assert any(reason.startswith("moelln: its file has errors") for reason in impact(committed, "--json")["unknown"])


@pytest.mark.parametrize("base", ["nowhere", "--help", "HEAD:tenants", ""])
def test_a_base_that_is_no_commit_is_refused(committed: Path, base: str) -> None:
    result = CliRunner().invoke(app, ["--root", str(committed), "impact", f"--base={base}"])
    assert isinstance(result.exception, UsageError)
