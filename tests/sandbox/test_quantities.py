"""What Kogge calls the canonical form of a quantity is what a real apiserver answers."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from kogge.clusters.api import KubeApi
from kogge.estate.models.values import Bytes, Cpu
from tests.unit.estate.models.test_quantities import CANONICAL_BYTES, CANONICAL_CPU


def stored(admin: KubeApi, resource: str, amounts: list[str]) -> list[str]:
    """Return the amounts as the apiserver would store them in a quota."""
    hard = {f"{resource}{number}": amount for number, amount in enumerate(amounts)}
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "probe"}, "spec": {"hard": hard}}
    answer: dict[str, Any] = admin.post("/api/v1/namespaces/default/resourcequotas", body, dry_run=True)
    return [answer["spec"]["hard"][name] for name in hard]


def test_bytes_are_written_as_the_apiserver_writes_them(admin: KubeApi) -> None:
    ours = [TypeAdapter(Bytes).validate_python(text) for text in CANONICAL_BYTES]
    assert stored(admin, "requests.example/bytes-", ours) == list(CANONICAL_BYTES.values())


def test_cores_are_written_as_the_apiserver_writes_them(admin: KubeApi) -> None:
    ours = [TypeAdapter(Cpu).validate_python(text) for text in CANONICAL_CPU]
    assert stored(admin, "requests.example/cores-", ours) == list(CANONICAL_CPU.values())
