"""The namespace of a space, as admission wants it, for spaces of the tests' own."""

from __future__ import annotations

from typing import Any

from tests.support.seed_estate import seed_estate


def space_namespace(name: str) -> dict[str, Any]:
    """Return the manifest of a space that no file knows, with the labels that follow from its name."""
    tenant, service = name.split("--")
    security = {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", "restricted"), ("-version", f"v{seed_estate().platform.clusters['hl1'].kubernetes}"))
    }
    labels = {
        "app.kubernetes.io/managed-by": "kogge",
        "kogge.internal/tenant": tenant,
        "kogge.internal/service": service,
        **security,
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
