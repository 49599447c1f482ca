"""The component ``ClusterPolicy``: what one cluster refuses and who may do what there."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi

from kogge.desired import DesiredObject
from modules.registration import Fill, Registration


class ClusterPolicy(pulumi.ComponentResource):
    """Roles, priority classes, admission policies and their parameters of one cluster.

    ``kept`` names spaces whose parameters stay as they were applied last, whatever the items say.
    """

    def __init__(
        self,
        name: str,
        items: Iterable[DesiredObject],
        *,
        provider: pulumi.ProviderResource,
        fill: Fill,
        kept: Iterable[str] = (),
    ) -> None:
        super().__init__("kogge:index:ClusterPolicy", name)
        Registration(self, provider, fill, kept=[*kept]).register(items)
        self.register_outputs({})
