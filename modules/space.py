"""The component ``Space``: one dedicated service of one tenant and everything that isolates it."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi

from kogge.desired import DesiredObject, Order
from modules.registration import Fill, Registration


class Space(pulumi.ComponentResource):
    """Namespace first and protected; then boundaries, materials, workload, entrances, each after the one before."""

    namespace: pulumi.Resource

    def __init__(
        self, name: str, items: Iterable[DesiredObject], *, provider: pulumi.ProviderResource, fill: Fill
    ) -> None:
        super().__init__("kogge:index:Space", name)
        registration = Registration(self, provider, fill)
        registration.register(items)
        self.namespace = registration.made[Order.NAMESPACE][0]
        self.register_outputs({})
