"""The component ``ClusterPolicy``: what one cluster refuses and who may do what there."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi

from kogge.desired import DesiredObject
from modules.registration import Fill, Registration


class ClusterPolicy(pulumi.ComponentResource):
    """Roles, priority classes and admission policies of one cluster."""

    def __init__(
        self, name: str, items: Iterable[DesiredObject], *, provider: pulumi.ProviderResource, fill: Fill
    ) -> None:
        super().__init__("kogge:index:ClusterPolicy", name)
        Registration(self, provider, fill).register(items)
        self.register_outputs({})
