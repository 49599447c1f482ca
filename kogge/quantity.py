"""Quantities of Kubernetes: their grammar, and the form in which an apiserver writes them.

Here: what a text stands for and how an amount is written. Which amounts a field takes is said by the models, which
amounts belong together by the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self, assert_never

PATTERN: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?"
"""A quantity without its sign, for regular expressions and JSON Schemas."""

LARGEST: Final = 2**63 - 1
"""Kubernetes represents nothing larger. The apiserver cuts larger binary amounts down to this, and writes some larger
decimal ones as other amounts (``1000E`` as ``1``); here they are refused."""

LONGEST: Final = 64
"""Characters of a text; nothing in the range needs more, and a text of a stranger must not cost time."""
_NANO: Final = 10**9
_QUANTITY: Final = re.compile(rf"([+-]?)({PATTERN})")
_WRITTEN: Final = re.compile(r"([+-]?[0-9.]+) ?([A-Za-z]+)")
_PARTS: Final = re.compile(r"([0-9]*)\.?([0-9]*)(.*)")
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SUFFIX_OF: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


class Notation(StrEnum):
    """How a quantity was written; it is written so again."""

    DECIMAL_SI = "DecimalSI"
    """``250m``, ``2``, ``5G``."""
    BINARY_SI = "BinarySI"
    """``4Gi``."""
    DECIMAL_EXPONENT = "DecimalExponent"
    """``500e-3``."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount and its notation; ``str`` gives the canonical form.

    The same as ``resource.Quantity`` of https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource with one difference:
    that one keeps some spellings that are not canonical (``+5``, ``1.500``) until it calculates with them.
    """

    nano: int
    """The amount in billionths: Kubernetes knows nothing finer."""
    notation: Notation

    @property
    def amount(self) -> Decimal:
        """Cores, bytes or pieces."""
        whole, rest = divmod(self.nano, _NANO)
        return Decimal(whole) if not rest else Decimal(self.nano).scaleb(-9)

    def __mul__(self, count: int) -> Self:
        return type(self)(self.nano * count, self.notation)

    def __add__(self, other: Self) -> Self:
        """Return the sum; a notation that stands for nothing yields to the other."""
        return type(self)(self.nano + other.nano, self.notation if self.nano else other.notation)

    def __str__(self) -> str:
        """Return no fraction, no loss, and the largest suffix that allows both."""
        if not self.nano:
            return "0"
        match self.notation:
            case Notation.BINARY_SI:
                if abs(self.nano) >= 1024 * _NANO and self.nano % _NANO == 0:
                    return _binary(self.nano // _NANO)
                return _decimal(self.nano, Notation.DECIMAL_SI)
            case Notation.DECIMAL_SI | Notation.DECIMAL_EXPONENT:
                return _decimal(self.nano, self.notation)
        assert_never(self.notation)


NOTHING: Final = Quantity(0, Notation.BINARY_SI)


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Quantity:
    """Return what a text stands for; what is finer than a billionth is rounded up, away from zero, as the apiserver
    does.

    :raises ValueError: the text is no quantity, see
        https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/, or larger than one can be
    """
    found = _QUANTITY.fullmatch(text) if len(text) <= LONGEST else None
    parts = _PARTS.fullmatch(found[2]) if found is not None else None
    if found is None or parts is None:
        raise ValueError(f"{_shortened(text)} is no quantity such as 500m, 2 or 4Gi{_guess(text)}")
    digits, suffix = int(parts[1] + parts[2]), parts[3]
    nano = _billionths(digits * 2 ** _BINARY.get(suffix, 0), _exponent(suffix) - len(parts[2]) + 9)
    if nano > LARGEST * _NANO:
        raise ValueError(f"{text} is more than 2^63-1, the largest quantity that Kubernetes has")
    return Quantity(-nano if found[1] == "-" else nano, _notation(suffix))


def amount_of(text: str) -> Decimal:
    """Return the amount that a quantity stands for, in cores, bytes or pieces.

    :raises ValueError: as :func:`parse_quantity`
    """
    return parse_quantity(text).amount


def format_cpu(cores: Decimal) -> str:
    """Return calculated cores as a quantity; what is less than one millicore is cut off."""
    return str(Quantity(int(cores * 1000) * 10**6, Notation.DECIMAL_SI))


def format_bytes(amount: Decimal) -> str:
    """Return calculated bytes as a quantity, with a binary unit where one divides them; less than one is cut off."""
    whole = int(amount)
    return str(Quantity(whole * _NANO, Notation.DECIMAL_SI if whole % 1024 else Notation.BINARY_SI))


def _exponent(suffix: str) -> int:
    """Return the power of ten of a suffix; a binary one has none."""
    if suffix in _BINARY:
        return 0
    return _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])


def _notation(suffix: str) -> Notation:
    if suffix in _BINARY:
        return Notation.BINARY_SI
    return Notation.DECIMAL_SI if suffix in _DECIMAL else Notation.DECIMAL_EXPONENT


def _billionths(digits: int, exponent: int) -> int:
    """Return ``digits * 10**exponent`` rounded up; an exponent that no quantity can have costs no time."""
    power: int = 10 ** min(abs(exponent), 2 * LONGEST)
    return digits * power if exponent >= 0 else -(-digits // power)


def _decimal(nano: int, notation: Notation) -> str:
    exponent = -9
    while nano % 1000 == 0 and exponent < 18:
        nano, exponent = nano // 1000, exponent + 3
    if notation is Notation.DECIMAL_EXPONENT:
        return f"{nano}e{exponent}" if exponent else str(nano)
    return f"{nano}{_SUFFIX_OF[exponent]}"


def _binary(whole: int) -> str:
    suffix = ""
    for larger in _BINARY:
        if whole % 1024:
            break
        whole, suffix = whole // 1024, larger
    return f"{whole}{suffix}"


def _shortened(text: str) -> str:
    return repr(text) if len(text) <= LONGEST else f"{text[:20]!r}…"


def _guess(text: str) -> str:
    """Return what to write instead, where the unit is one that people use: ``5GB``, ``5 gb``, ``5K``."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return ""
    unit = found[2].removesuffix("b").removesuffix("B")
    meant = next((word for word in (unit.capitalize(), unit.lower()) if word in _BINARY or word in _DECIMAL), None)
    return f"; did you mean {found[1]}{meant}?" if meant else f"; {found[2]!r} is no suffix of Kubernetes"
