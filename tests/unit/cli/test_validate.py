"""What ``kogge validate`` and its neighbours print, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from kogge.cli.app import app
from kogge.estate.rules.registry import RULES
from tests.support.estate_files import replace_in


def kogge(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--root", str(root), *words])


def test_a_sound_estate_exits_0(root: Path) -> None:
    result = kogge(root, "validate", "--as-of", "2026-11-24")
    assert (result.exit_code, result.stdout) == (0, "6 tenants, 4 applications: no errors\n")


def test_an_error_shows_line_caret_expectation_and_next_step(root: Path) -> None:
    replace_in(root / "tenants" / "moelln.yaml", "stage: member", "stage: membr")
    result = kogge(root, "validate", "--as-of", "2026-11-24")
    assert result.exit_code == 2
    assert result.stdout == (
        "tenants/moelln.yaml:4:8: stage is 'membr'; expected pilot, member, leaving or closed [unknown-word]\n"
        "    4 | stage: membr\n"
        "               ^\n"
        "  next: did you mean 'member'?\n"
        "\n"
        "1 error in 1 file, 0 warnings\n"
    )


def test_the_caret_of_a_long_line_stands_below_its_place(root: Path) -> None:
    replace_in(root / "tenants" / "moelln.yaml", "10.53.90.0/24", "10.53.90.7/24")
    lines = kogge(root, "validate", "--as-of", "2026-11-24").stdout.split("\n")
    assert lines[1][lines[2].index("^") :].startswith("10.53.90.7/24")


def test_json_has_the_promised_form(root: Path) -> None:
    replace_in(root / "tenants" / "moelln.yaml", "size: s", "size: xl")
    result = kogge(root, "validate", "--json", "--as-of", "2026-11-24")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "version": 1,
        "ok": False,
        "errors": [
            {
                "file": "tenants/moelln.yaml",
                "line": 12,
                "column": 7,
                "rule": "plan-exists",
                "message": "there is no plan 'xl'",
                "hint": "known: l, m, s",
                "severity": "error",
            }
        ],
    }


def test_a_warning_leaves_the_estate_sound(root: Path) -> None:
    result = kogge(root, "validate", "--json", "--as-of", "2027-01-15")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["ok"] is True
    assert [(e["rule"], e["severity"]) for e in document["errors"]] == [("pilot-runs", "warning")]


def test_a_day_later_the_pilot_is_over(root: Path) -> None:
    assert kogge(root, "validate", "--as-of", "2027-01-31").exit_code == 0
    assert kogge(root, "validate", "--as-of", "2027-02-01").exit_code == 2


def test_every_rule_is_listed_with_its_reason(root: Path) -> None:
    listed = {rule["id"]: rule for rule in json.loads(kogge(root, "rules", "--json").stdout)["rules"]}
    assert {rule.id for rule in RULES} <= listed.keys()
    assert all(rule["text"] and rule["why"] for rule in listed.values())
    assert "lighthouse-first" in kogge(root, "rules").stdout


def test_the_list_shows_blocked_tenants_too(root: Path) -> None:
    replace_in(root / "tenants" / "moelln.yaml", "size: s", "size: xl")
    document = json.loads(kogge(root, "tenant", "list", "--json").stdout)
    assert "moelln" in document["blocked"]
    assert [tenant["name"] for tenant in document["tenants"]][:2] == ["herzogtum-lauenburg", "it-allianz-nord"]


def test_a_record_of_processing_says_what_art_30_asks(root: Path) -> None:
    document = json.loads(kogge(root, "tenant", "show", "segeberg", "--json").stdout)
    assert document["data_protection_officer"] == "dsb@segeberg.example"
    assert document["operator"] == "it-allianz-nord"
    assert document["contract"] == "AVV-2025-14, signed 2025-12-08"
    assert document["at_the_end"] == "return within 90 days"


def test_a_terminal_is_not_given_what_it_would_obey(root: Path) -> None:
    replace_in(root / "tenants" / "moelln.yaml", "why: register access", "why: \x1b[31mregister\u202e")
    lines = kogge(root, "validate", "--as-of", "2026-11-24").stdout.split("\n")
    assert all(line.isprintable() for line in lines)
    assert lines[1][lines[2].index("^")] == "\N{REPLACEMENT CHARACTER}"
