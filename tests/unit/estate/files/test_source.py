"""Files that are no ordinary text files end in one clear problem, never in a crash or a hang."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from kogge.estate import load_estate
from kogge.estate.files.document import parse
from kogge.estate.files.source import MAX_BYTES, Source

LONGEST_SECONDS = 2.0
"""Of the processor, so that a busy machine fails nothing; of the clock where a hang would use none."""


def rules_of(root: Path, file: str) -> list[str]:
    return [problem.rule for problem in load_estate(root).problems if problem.file == file]


def read(text: str) -> object:
    document = parse(Source("x.yaml", text))
    assert document.problems == ()
    return document.data


def test_a_file_of_100_megabytes_is_refused_without_reading_it(root: Path) -> None:
    with (root / "tenants" / "moelln.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    started = time.process_time()
    assert rules_of(root, "tenants/moelln.yaml") == ["too-large"]
    assert time.process_time() - started < LONGEST_SECONDS


def test_a_file_just_over_the_limit_is_refused(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert rules_of(root, "tenants/moelln.yaml") == ["too-large"]


def test_a_pipe_does_not_hang_the_check(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").unlink()
    os.mkfifo(root / "tenants" / "moelln.yaml")
    started = time.perf_counter()
    assert rules_of(root, "tenants/moelln.yaml") == ["unreadable"]
    assert time.perf_counter() - started < 15 * LONGEST_SECONDS


def test_a_directory_in_place_of_a_file_is_said(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").unlink()
    (root / "tenants" / "moelln.yaml").mkdir()
    assert rules_of(root, "tenants/moelln.yaml") == ["unreadable"]


@pytest.mark.parametrize("target", ["outside.yaml", "/etc/hostname"])
def test_a_link_out_of_the_tree_is_not_followed(root: Path, target: str) -> None:
    (root.parent / "outside.yaml").write_text("name: moelln\n")
    (root / "tenants" / "moelln.yaml").unlink()
    place = target if target.startswith("/") else f"../../{target}"
    (root / "tenants" / "moelln.yaml").symlink_to(place)
    assert rules_of(root, "tenants/moelln.yaml") == ["outside-tree"]


def test_a_link_within_the_tree_is_read(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").rename(root / "moelln.txt")
    (root / "tenants" / "moelln.yaml").symlink_to("../moelln.txt")
    assert load_estate(root).ok


def test_a_dangling_link_is_unreadable(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").unlink()
    (root / "tenants" / "moelln.yaml").symlink_to("nowhere.yaml")
    assert rules_of(root, "tenants/moelln.yaml") == ["unreadable"]


def test_a_link_that_leads_to_itself_is_unreadable(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").unlink()
    (root / "tenants" / "moelln.yaml").symlink_to("moelln.yaml")
    assert rules_of(root, "tenants/moelln.yaml") == ["unreadable"]


@pytest.mark.parametrize("name", ["ratzeburg.yml", "ratzeburg.YAML", "ratzeburg.json", "ratzeburg"])
def test_a_file_that_would_be_overlooked_is_said(root: Path, name: str) -> None:
    (root / "tenants" / name).write_text("name: ratzeburg\n")
    assert rules_of(root, f"tenants/{name}") == ["stray-file"]


def test_readmes_and_hidden_files_are_nobodys(root: Path) -> None:
    (root / "tenants" / "README.md").write_text("# Partners\n")
    (root / "tenants" / ".moelln.yaml.swp").write_bytes(b"\x00")
    assert load_estate(root).ok


@pytest.mark.parametrize("missing", ["platform.yaml", "tenants", "catalogue"])
def test_a_root_without_its_parts_is_said(root: Path, missing: str) -> None:
    (root / missing).rename(root / "elsewhere")
    loaded = load_estate(root)
    assert loaded.estate is None
    assert next(problem.rule for problem in loaded.problems if problem.is_error) == "unreadable"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 200_000 + "x",
        "? " * 100_000,
        "[[" * 300 + "]]" * 300,
        "".join(f"{' ' * i}a:\n" for i in range(900)),
        "- " * 300 + "a",
    ],
)
def test_deep_nesting_neither_crashes_nor_hangs(text: str) -> None:
    started = time.process_time()
    problems = parse(Source("x.yaml", text)).problems
    assert time.process_time() - started < LONGEST_SECONDS
    assert problems[-1].rule in ("too-deep", "yaml-syntax")


def test_an_exploding_text_is_refused_without_exploding() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    started = time.process_time()
    rules = {problem.rule for problem in parse(Source("x.yaml", "\n".join(levels))).problems}
    assert rules == {"yaml-anchor", "yaml-alias"}
    assert time.process_time() - started < LONGEST_SECONDS


def test_the_core_schema_of_yaml_1_2_decides() -> None:
    text = "[no, on, Yes, y, NO, 0x1f, 0o17, 12, -3, 1.5, 1e3, true, False, 2025-12-08, 1:30, 1_000, '01', \"7\"]"
    texts = ["no", "on", "Yes", "y", "NO"]
    numbers = [31, 15, 12, -3, 1.5, 1000.0]
    assert read(text) == [*texts, *numbers, True, False, "2025-12-08", "1:30", "1_000", "01", "7"]


def test_line_ends_and_a_byte_order_mark_do_not_change_what_is_read(root: Path) -> None:
    path = root / "tenants" / "moelln.yaml"
    plain = path.read_bytes()
    for variant in (plain.replace(b"\n", b"\r\n"), plain.replace(b"\n", b"\r"), b"\xef\xbb\xbf" + plain):
        path.write_bytes(variant)
        loaded = load_estate(root)
        assert loaded.problems == ()
        assert loaded.estate is not None
        assert loaded.estate.tenants["moelln"].body.official_name == "Mölln, Stadt"


def test_a_percent_sign_in_quotes_and_a_star_in_a_text_are_fine() -> None:
    assert read('a: "100 %"\nb: x*y\nc: R&D!\n') == {"a": "100 %", "b": "x*y", "c": "R&D!"}


def test_mistakes_beyond_a_hundred_are_not_listed() -> None:
    text = "a: 1\n" + "a: 2\n" * 5000
    assert len(parse(Source("x.yaml", text)).problems) == 100


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(root: Path) -> None:
    (root / "tenants" / "moelln.yaml").chmod(0)
    assert rules_of(root, "tenants/moelln.yaml") == ["unreadable"]


@pytest.mark.parametrize("name", [b"\xff.yaml", b"a\nb.yaml", b"\x1b[31m.yaml"])
def test_a_name_that_cannot_be_shown_is_escaped(root: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(root / "tenants") + b"/" + name)).write_text("name: x\n")
    (problem,) = load_estate(root).problems
    assert problem.rule == "stray-file"
    assert problem.file.isprintable()
    assert problem.file.encode("utf-8")


LARGE = 250_000


@pytest.mark.parametrize(
    "text",
    [
        "\tx\n" * (LARGE // 3),
        "".join(f"field{i}: 1\n" for i in range(LARGE // 12)),
        "name: moelln\n" + "hostnames: [" + ", ".join(["a.kommune.example"] * (LARGE // 20)) + "]\n",
        "services:\n" + "  - {use: terminvergabe}\n" * (LARGE // 25),
        "offers:\n  - {service: x1, to: [" + ", ".join(["segeberg"] * (LARGE // 10)) + "]}\n",
        "x" * LARGE + ": 1\n",
        "since: " + "9" * LARGE + "\n",
        'name: "' + "\\u202e" * (LARGE // 7) + '"\n',
        "name: [" + "&a *a, " * (LARGE // 7) + "]\n",
        "\u200b" * (LARGE // 3),
    ],
    ids=["tabs", "fields", "hostnames", "services", "offers", "word", "digits", "escapes", "aliases", "invisible"],
)
def test_a_large_wrong_file_is_judged_in_time(root: Path, text: str) -> None:
    (root / "tenants" / "moelln.yaml").write_text(text, encoding="utf-8")
    started = time.process_time()
    loaded = load_estate(root)
    assert time.process_time() - started < LONGEST_SECONDS
    assert len([p for p in loaded.problems if p.file == "tenants/moelln.yaml"]) > 0


def test_a_repeated_name_in_a_long_offer_is_judged_in_time(root: Path) -> None:
    names = ", ".join(["segeberg", "herzogtum-lauenburg"] * 5000)
    path = root / "tenants" / "it-allianz-nord.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("segeberg, herzogtum-lauenburg", names), encoding="utf-8")
    started = time.process_time()
    assert len([p for p in load_estate(root).problems if p.rule == "listed-once"]) == 9998
    assert time.process_time() - started < LONGEST_SECONDS
