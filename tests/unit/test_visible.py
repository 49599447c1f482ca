"""Every character that a reader does not see or a terminal obeys is an escape, and no two values look alike."""

from __future__ import annotations

import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kogge.visible import Visible, guarded, is_hidden, json_text, printable, visible, visible_json
from tests.support.hostile_text import HOSTILE_TEXTS, hidden, obeyed

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=())) | st.text(
    st.sampled_from("\\xuU015bcfe 0ä\x1b\u202e\u0301\ufe0f\n\t\udcff\U000e0041"), max_size=30
)

_OURS = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")


def read_back(shown: str) -> str:
    """Return the value of which this is the visible form, by what the decision record says of it."""

    def character(match: re.Match[str]) -> str:
        code = int(next(digits for digits in match.groups() if digits), 16)
        if code > sys.maxunicode:
            return match[0]
        made = visible(f" {chr(code)}")[1:] if chr(code) != "\\" else r"\x5c"
        return chr(code) if made == match[0] else match[0]

    return _OURS.sub(character, shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[8m", r"\x1b[8m"),
        ("a\x00b\x7f\x9b", r"a\x00b\x7f\x9b"),
        ("allow\u202eynned", r"allow\u202eynned"),
        ("mo\u200belln", r"mo\u200belln"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\U000e0041", r"\U000e0041"),
        ("\udcff", r"\udcff"),
        ("x\ufe0f\u3164\u2800", r"x\ufe0f\u3164\u2800"),
        ("a\u00a0b\u00ad", r"a\xa0b\xad"),
        ("two\nlines\tand", r"two\x0alines\x09and"),
        ("\u0301x", r"\u0301x"),
        ("/\u0338", "/\u0338"),
        ("a \u0338b", r"a \u0338b"),
        (r"C:\x1b", r"C:\x5cx1b"),
        (r"\x5c", r"\x5cx5c"),
        (r"\\\d+ \xff \n", r"\\\d+ \xff \n"),
    ],
)
def test_what_is_not_seen_becomes_an_escape_and_a_backslash_only_where_it_would_read_as_one(
    text: str, shown: str
) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    ["", "Mölln, Straße 7", "Łódź", "e\u0301", "नमस्ते", "שלום", "日本", "⚠ 🚢", "a — b … „c“", r"C:\Users", "\\"],
)
def test_ordinary_text_of_any_script_stays(text: str) -> None:
    assert (visible(text), guarded(text), printable(text)) == (text, text, text)


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_nothing_hidden_is_left_of_a_hostile_text(text: str) -> None:
    assert hidden(visible(text)) == hidden(printable(text)) == set()
    assert "\n" not in visible(text)


@given(ANY_TEXT)
def test_no_two_values_look_alike(text: str) -> None:
    assert read_back(visible(text)) == text
    assert hidden(visible(text)) == set()


@given(ANY_TEXT)
def test_a_value_that_is_visible_stays_as_it_is(text: str) -> None:
    once = visible(text)
    assert visible(once) is once
    assert isinstance(once, Visible)
    assert guarded(once) == once
    assert visible_json({text: [text]}) == visible_json(visible_json({text: [text]}))


@given(ANY_TEXT)
def test_the_guards_change_nothing_the_second_time(text: str) -> None:
    assert guarded(guarded(text)) == guarded(text)
    assert printable(printable(text)) == printable(text)
    assert hidden(printable(text)) - {"\t"} == set()


def test_the_lines_of_a_value_stay_and_those_of_a_name_do_not() -> None:
    assert visible_json({"a\n": ["b\n\tc\r", 1, None, True]}) == {r"a\x0a": ["b\n\tc\\x0d", 1, None, True]}
    assert visible("a\n\t", lines=True) == "a\n\t"


@given(ANY_TEXT, st.sampled_from([None, 1, 2]))
def test_json_comes_back_as_it_was_and_hides_nothing(text: str, indent: int | None) -> None:
    document = {text: [text, 1, {"x": text}]}
    written = json_text(document, indent=indent)
    assert json.loads(written) == document
    assert hidden(written) == set()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_no_line_of_a_log_is_a_command_of_a_ci_system(text: str) -> None:
    assert obeyed(printable(text)) == []
    assert obeyed(json_text({text: [text]})) == []
    assert json.loads(json_text({text: [text]})) == {text: [text]}


def test_the_log_commands_of_the_table_are_commands() -> None:
    """So that the test above can fail."""
    names = {"workflow command", "workflow command on a line", "older command", "section"}
    assert {name for name, text in HOSTILE_TEXTS.items() if obeyed(text)} == names


@pytest.mark.parametrize("address", ["::1", "fd00::a", "route ::/0", "a::b::c", "#1 ##", "- ::"])
def test_addresses_and_names_with_colons_stay(address: str) -> None:
    assert printable(address) == address


def test_every_character_is_either_seen_or_written_out() -> None:
    wrong = [
        code
        for code in range(sys.maxunicode + 1)
        if (visible(f"x{chr(code)}") == f"x{chr(code)}") is is_hidden(chr(code))
    ]
    assert wrong == []
