"""A quantity means what Kubernetes' grammar says, and is written as an apiserver writes it.

``tests/sandbox/test_quantities.py`` asks a real one about the same spellings.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kogge.quantity import LARGEST, NOTHING, Notation, Quantity, amount_of, format_bytes, format_cpu, parse_quantity
from tests.support.spellings import NUMBERS, POWER_OF, amount

CANONICAL = {
    "1.5": "1500m",
    "1.5Gi": "1536Mi",
    "1024Ti": "1Pi",
    "1Pi": "1Pi",
    "1Ei": "1Ei",
    "2E": "2E",
    "500e-3": "500e-3",
    "0.5e0": "500e-3",
    "1E3": "1e3",
    "12e+6": "12e6",
    "1000e3": "1e6",
    "1e2": "100",
    "1e0": "1",
    "1E": "1E",
    ".5": "500m",
    "5.": "5",
    "+5": "5",
    "-5": "-5",
    "005": "5",
    "1.500": "1500m",
    "1000": "1k",
    "1024": "1024",
    "1000Mi": "1000Mi",
    "0.5Ki": "512",
    "1.1Ki": "1126400m",
    "0.0001Ki": "102400u",
    "-1.5Gi": "-1536Mi",
    "0.1n": "1n",
    "-0.1n": "-1n",
    "1.0000000001": "1000000001n",
    "0": "0",
    "-0": "0",
    "0e5": "0",
    "0Gi": "0",
    "9223372036854775807": "9223372036854775807",
}
"""Answers of resource.ParseQuantity(…).String() of k8s.io/apimachinery 0.37.2, after it has calculated once."""


@pytest.mark.parametrize(("written", "canonical"), CANONICAL.items())
def test_a_quantity_is_written_as_kubernetes_writes_it(written: str, canonical: str) -> None:
    assert str(parse_quantity(written)) == canonical


@pytest.mark.parametrize(
    "text", ["", ".", "+", "m", "--1", "1.2.3", "1e", "1e1.5", "1ki", "1 Gi", " 1", "1\n", "1Gi ", "١"]
)
def test_what_the_grammar_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity such as 500m, 2 or 4Gi"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("5GB", "did you mean 5G?"),
        ("1 GiB", "did you mean 1Gi?"),
        ("4mb", "did you mean 4M?"),
        ("64K", "did you mean 64k?"),
        ("2cores", "'cores' is no suffix of Kubernetes"),
    ],
)
def test_a_unit_of_other_fields_is_refused_with_what_was_meant(text: str, guess: str) -> None:
    with pytest.raises(ValueError, match="is no quantity") as caught:
        parse_quantity(text)
    assert str(caught.value).endswith(f"; {guess}")


@pytest.mark.parametrize("text", ["9223372036854775808", "8Ei", "10E", "-10E", "1e19", "1e999999999", "1000E"])
def test_what_is_larger_than_a_quantity_can_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="largest quantity that Kubernetes has"):
        parse_quantity(text)


def test_a_text_without_end_is_refused_before_it_costs_time() -> None:
    with pytest.raises(ValueError, match="'99999999999999999999'… is no quantity"):
        parse_quantity("9" * 10**6)
    assert str(parse_quantity("1e-999999999")) == "1e-9"


@given(st.sampled_from(NUMBERS), st.sampled_from(sorted(POWER_OF)), st.sampled_from(["", "+", "-"]))
def test_a_text_stands_for_number_times_suffix_rounded_up_to_a_billionth(number: str, suffix: str, sign: str) -> None:
    meant = amount(number, suffix)
    if meant > LARGEST:
        with pytest.raises(ValueError, match="largest"):
            parse_quantity(sign + number + suffix)
        return
    nano = ceil(meant * 10**9)
    assert parse_quantity(sign + number + suffix).nano == (-nano if sign == "-" else nano)
    assert Fraction(amount_of(number + suffix)) == Fraction(nano, 10**9)


@given(
    st.builds(
        Quantity,
        st.integers(-LARGEST * 10**9, LARGEST * 10**9) | st.integers(-(2**70), 2**70),
        st.sampled_from(Notation),
    )
    | st.builds(lambda whole: Quantity(whole * 10**9 * 2**20, Notation.BINARY_SI), st.integers(1 - 2**43, 2**43 - 1))
)
def test_the_canonical_form_says_the_amount_and_stays_as_it_is(quantity: Quantity) -> None:
    again = parse_quantity(str(quantity))
    assert again.nano == quantity.nano
    assert str(again) == str(quantity)
    assert "." not in str(quantity)


def test_sums_and_multiples_keep_the_notation() -> None:
    assert str(parse_quantity("2G") * 4) == "8G"
    assert str(parse_quantity("512Mi") * 4) == "2Gi"
    assert str(parse_quantity("250m") * 4) == "1"
    assert str(sum((parse_quantity(text) for text in ("5G", "3G")), NOTHING)) == "8G"
    assert str(sum((parse_quantity(text) for text in ("1Gi", "1G")), NOTHING)) == "2073741824"
    assert str(sum((), NOTHING)) == "0"
    assert str(parse_quantity("5E") * 200) == "1000E"


@given(st.integers(0, 10**6).map(Decimal))
def test_writing_a_calculated_amount_and_reading_it_gives_it_back(amount: Decimal) -> None:
    cpu, memory = format_cpu(amount / 1000), format_bytes(amount * 512)
    assert amount_of(cpu) == amount / 1000
    assert amount_of(memory) == amount * 512


def test_a_calculated_amount_has_a_binary_unit_where_one_divides_it() -> None:
    assert [format_bytes(Decimal(n)) for n in (0, 1500, 5000, 1536, 2**50)] == ["0", "1500", "5k", "1536", "1Pi"]
    assert format_bytes(Decimal(2048)) == "2Ki"
    assert [format_cpu(Decimal(n)) for n in ("0.0005", "0.25", "2", "1000")] == ["0", "250m", "2", "1k"]
