"""From the name of a stack to its program."""

from __future__ import annotations

from collections.abc import Callable

from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import Keyring
from stacks.platform_stack import platform_program
from stacks.tenant_stack import tenant_program


def program(stack: str, estate: Estate, keyring: Keyring) -> Callable[[], None]:
    """Return the program of a stack.

    :raises KoggeError: no tenant of that name, or its file has an error.
    """
    if stack == PLATFORM:
        return lambda: platform_program(estate, keyring)
    tenant = estate.tenant(stack)
    return lambda: tenant_program(estate, tenant, keyring)
