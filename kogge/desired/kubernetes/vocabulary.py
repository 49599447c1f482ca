"""Names that every concern uses: labels, annotations, shared objects, groups."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "kogge.internal"
"""``.internal`` is reserved for private use, so the prefix can collide with nobody's."""

TENANT_LABEL: Final = f"{PREFIX}/tenant"
SERVICE_LABEL: Final = f"{PREFIX}/service"
OWNED_LABEL: Final = "app.kubernetes.io/managed-by"
OWNED_BY: Final = "kogge"
APP_LABEL: Final = "app.kubernetes.io/name"
NAMESPACE_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Set by the apiserver itself and immutable: the only safe way to select a namespace."""

SPACE_NAME: Final = "^[a-z]([a-z0-9]|-[a-z0-9])*--[a-z]([a-z0-9]|-[a-z0-9])*$"
"""RE2: the name of a space, which falls into tenant and service in one way only."""
POD_SECURITY: Final = "pod-security.kubernetes.io/"

FIELD_MANAGER: Final = "kogge"
PULUMI_ANNOTATIONS: Final = {
    "pulumi.com/patchFieldManager": FIELD_MANAGER,
    "pulumi.com/patchForce": "true",
}
"""One field manager for every object; without these Pulumi takes a random one per resource and forces nothing."""

SKIP_AWAIT: Final = {**PULUMI_ANNOTATIONS, "pulumi.com/skipAwait": "true"}
"""For what the cluster completes in its own time (an Ingress without an address is no failure). A workload is waited
for at its Deployment."""

PROBE_NAMESPACE: Final = "platform--probe"
"""Where the provisioner asks, by dry runs alone, what a server fills in. The name has a space's form, so that it may
write there; no tenant is called ``platform``."""

PROVISIONER_ROLE: Final = "kogge-provisioner"
"""Of the whole cluster, and the binding of ``PROVISIONER_SPACE_ROLE`` in each space."""
PROVISIONER_SPACE_ROLE: Final = "kogge-provisioner-space"
NIGHTLY_ROLE: Final = "kogge-nightly"
OPERATOR_ROLE: Final = "kogge-tenant-operator"
VIEWER_ROLE: Final = "kogge-tenant-viewer"
PROVISIONER_GROUP: Final = "kogge:provisioners"
NIGHTLY_GROUP: Final = "kogge:auditors"

PLATFORM_NAMESPACE: Final = "kogge-platform"
"""Holds by what values admission judges the spaces; the platform's identity alone writes there."""
FORMER_PARAMETERS: Final = "kogge-parameters"
"""ConfigMap in which every space had these values of its own, in version 0.1."""
