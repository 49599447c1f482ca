"""Pulumi components: exactly ``Space``, ``Grant`` and ``ClusterPolicy``.

They decide parenting, dependencies, secret wrapping, await and protection; never a field of a manifest, which is
``kogge.desired``'s to say.
"""

from modules.cluster_policy import ClusterPolicy
from modules.grant import Grant
from modules.space import Space

__all__ = ["ClusterPolicy", "Grant", "Space"]
