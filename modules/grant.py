"""The component ``Grant``: the ends of one sharing that lie in this stack."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi

from kogge.desired import DesiredObject
from modules.registration import Fill, Registration
from modules.space import Space


class Grant(pulumi.ComponentResource):
    """Named ``<provider>/<service>/<consumer>`` in both stacks; each end waits for its space's namespace."""

    def __init__(
        self,
        name: str,
        items: Iterable[tuple[Space, DesiredObject]],
        *,
        provider: pulumi.ProviderResource,
        fill: Fill,
    ) -> None:
        super().__init__("kogge:index:Grant", name)
        for space, item in items:
            registration = Registration(self, provider, fill, after=[space], deleted_with=space.namespace)
            registration.register([item])
        self.register_outputs({})
