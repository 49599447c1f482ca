"""The component ``Space``: one dedicated service of one tenant and everything that isolates it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pulumi

from kogge.desired import DesiredObject, Order
from modules.registration import Fill, Registration


class Space(pulumi.ComponentResource):
    """Namespace first and protected, then the provider's own binding, which ``granted`` waits for; then boundaries,
    materials, workload, entrances, each after the one before."""

    namespace: pulumi.Resource

    def __init__(
        self,
        name: str,
        items: Iterable[DesiredObject],
        *,
        provider: pulumi.ProviderResource,
        fill: Fill,
        granted: Callable[[str], None],
    ) -> None:
        super().__init__("kogge:index:Space", name)
        registration = Registration(self, provider, fill, granted=granted)
        registration.register(items)
        self.namespace = registration.made[Order.NAMESPACE][0]
        self.register_outputs({})
