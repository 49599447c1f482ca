"""Quantities as people and programs write them: every form of a number with every suffix, within what one can be."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Final

POWER_OF: Final[dict[str, Fraction]] = {
    **{
        suffix: Fraction(1000) ** power
        for power, suffix in enumerate(["n", "u", "m", "", "k", "M", "G", "T", "P", "E"], -3)
    },
    **{f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
    **{
        f"{letter}{power}": Fraction(10) ** int(power)
        for letter, power in product("eE", ["0", "3", "+4", "-1", "-3", "-9"])
    },
}
"""Suffix -> what it multiplies with. Written down a second time and otherwise than in the product, to judge it."""

NUMBERS: Final = (
    "0", "1", "5", "8", "12", "100", "500", "999", "1000", "1001", "1023", "1024", "1536", "2048", "1048576",
    "123456789", "9007199254740993", "007", "0.5", ".5", "5.", "1.5", "1.500", "0.001", "2.0005", "0.1", "0.0000000001",
    "1.0000000001", "1000.000",
)  # fmt: skip


def amount(number: str, suffix: str) -> Fraction:
    """Return what a number with a suffix stands for, exactly."""
    whole, _, rest = number.partition(".")
    return Fraction(int(whole + rest or "0"), 10 ** len(rest)) * POWER_OF[suffix]


SPELLINGS: Final = tuple(
    number + suffix for number, suffix in product(NUMBERS, POWER_OF) if amount(number, suffix) <= 2**63 - 1
)
"""Several hundred, without a sign."""
