"""Quantities of the models are those that the apiserver writes, so that what it answers equals what was asked."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from kogge.estate.models.values import Bytes, Cpu

CANONICAL_BYTES: dict[str | int, str] = {
    "0": "0",
    1: "1",
    "1": "1",
    "1000": "1k",
    "1024": "1024",
    "1G": "1G",
    "1000Mi": "1000Mi",
    "1024Mi": "1Gi",
    "1024Ti": "1Pi",
    "1Pi": "1Pi",
    "1.5Gi": "1536Mi",
    "2048Ti": "2Pi",
    "2560000": "2560k",
    "5k": "5k",
    "1500": "1500",
    "12e6": "12e6",
}
"""Written in a file -> as the apiserver writes it."""
CANONICAL_CPU: dict[str | int, str] = {
    "1000m": "1",
    "0.25": "250m",
    "1.5": "1500m",
    "2": "2",
    2: "2",
    "1000": "1k",
    "1200": "1200",
    "0": "0",
    "500e-3": "500e-3",
    "250000u": "250m",
}


@pytest.mark.parametrize(("written", "canonical"), CANONICAL_BYTES.items())
def test_bytes_are_canonical(written: str | int, canonical: str) -> None:
    assert TypeAdapter(Bytes).validate_python(written) == canonical
    assert TypeAdapter(Bytes).validate_python(canonical) == canonical


@pytest.mark.parametrize(("written", "canonical"), CANONICAL_CPU.items())
def test_cores_are_canonical(written: str | int, canonical: str) -> None:
    assert TypeAdapter(Cpu).validate_python(written) == canonical
    assert TypeAdapter(Cpu).validate_python(canonical) == canonical


@pytest.mark.parametrize(
    ("kind", "written"), [(Cpu, "0.5m"), (Cpu, "0.0001"), (Cpu, "100u"), (Bytes, "1500m"), (Bytes, "0.3Ki")]
)
def test_an_amount_finer_than_its_unit_is_refused_not_rounded(kind: type, written: str) -> None:
    with pytest.raises(ValidationError, match="no whole number of"):
        TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize("kind", [Cpu, Bytes])
@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("-1", "less than nothing"),
        ("-0", "less than nothing"),
        ("16Ei", "largest quantity"),
        ("4GB", "did you mean 4G"),
    ],
)
def test_what_no_field_can_have_is_refused_with_the_reason(kind: type, written: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize("kind", [Cpu, Bytes])
@pytest.mark.parametrize("written", [True, 1.5, None, ["1"]])
def test_another_type_is_the_models_to_refuse(kind: type, written: object) -> None:
    with pytest.raises(ValidationError, match="valid string"):
        TypeAdapter(kind).validate_python(written)
