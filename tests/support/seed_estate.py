"""The estate that this checkout carries."""

from __future__ import annotations

from functools import cache

from kogge.estate import Estate, require_estate
from tests.support.checkout import CHECKOUT
from tests.support.estate_files import AS_OF


@cache
def seed_estate() -> Estate:
    """Return it as of the tests' day; it is frozen, so that all tests share one."""
    return require_estate(CHECKOUT, as_of=AS_OF)
