"""From the name of a stack to its program."""

from __future__ import annotations

from collections.abc import Callable

from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.keyring import Keyring
from stacks.platform_stack import platform_program
from stacks.tenant_stack import tenant_program

PLATFORM = "platform"


def program(stack: str, estate: Estate, keyring: Keyring) -> Callable[[], None]:
    """Return the program of a stack.

    :raises KoggeError: no tenant of that name, or its file has an error.
    """
    if stack == PLATFORM:
        return lambda: platform_program(estate, keyring)
    if stack in estate.blocked:
        raise KoggeError(f"tenants/{stack}.yaml has an error: {estate.blocked[stack]}", hint="kogge validate")
    tenant = estate.tenants.get(stack)
    if tenant is None:
        raise KoggeError(
            f"there is no tenant {stack!r} in {estate.root / 'tenants'}", hint="kogge tenant list shows them"
        )
    return lambda: tenant_program(estate, tenant, keyring)
