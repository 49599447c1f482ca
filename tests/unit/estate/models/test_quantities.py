"""Quantities are written as the apiserver writes them, so that what it answers equals what was asked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kogge.estate.models.values import Bytes, Cpu, format_bytes, format_cpu, parse_quantity

CANONICAL_BYTES = {
    "0": "0",
    "1": "1",
    "1000": "1k",
    "1024": "1Ki",
    "1G": "1G",
    "1000Mi": "1000Mi",
    "1024Mi": "1Gi",
    "1.5Gi": "1536Mi",
    "2048Ti": "2Pi",
    "2560000": "2500Ki",
    "5k": "5k",
    "1500": "1500",
}
"""Written in a file -> as the apiserver writes the same amount; tests/sandbox/test_quantities.py asks a real one."""
CANONICAL_CPU = {"1000m": "1", "0.25": "250m", "1.5": "1500m", "2": "2", "1000": "1k", "1200": "1200", "0": "0"}


@pytest.mark.parametrize(("written", "canonical"), CANONICAL_BYTES.items())
def test_bytes_have_the_largest_unit_that_divides_them(written: str, canonical: str) -> None:
    assert TypeAdapter(Bytes).validate_python(written) == canonical


@pytest.mark.parametrize(("written", "canonical"), CANONICAL_CPU.items())
def test_cores_are_whole_or_millicores(written: str, canonical: str) -> None:
    assert TypeAdapter(Cpu).validate_python(written) == canonical


@pytest.mark.parametrize(("kind", "written"), [(Cpu, "0.5m"), (Cpu, "0.0001"), (Bytes, "1500m"), (Bytes, "0.3Ki")])
def test_an_amount_finer_than_its_unit_is_refused_not_rounded(kind: type, written: str) -> None:
    with pytest.raises(ValidationError, match="no whole number of"):
        TypeAdapter(kind).validate_python(written)


@settings(deadline=None)
@given(st.integers(0, 10**6).map(Decimal))
def test_writing_an_amount_and_reading_it_gives_it_back(amount: Decimal) -> None:
    cpu, memory = format_cpu(amount / 1000), format_bytes(amount * 512)
    assert parse_quantity(cpu) == amount / 1000
    assert parse_quantity(memory) == amount * 512
    assert (format_cpu(parse_quantity(cpu)), format_bytes(parse_quantity(memory))) == (cpu, memory)
