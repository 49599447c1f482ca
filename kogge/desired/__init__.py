"""Desired state: pure functions from the estate to objects and documents.

No file is read here, no clock, no network. ``tenant_objects`` and ``platform_objects`` are the
whole of the Kubernetes side.
"""

from kogge.derived import Derived, Encoded, Purpose
from kogge.desired.kubernetes import platform_objects, space_objects, spaces, tenant_objects
from kogge.desired.objects import Concern, DesiredObject, HostDocument, Order, Removal

__all__ = [
    "Concern",
    "Derived",
    "DesiredObject",
    "Encoded",
    "HostDocument",
    "Order",
    "Purpose",
    "Removal",
    "platform_objects",
    "space_objects",
    "spaces",
    "tenant_objects",
]
