"""What Kogge calls the canonical form of a quantity is what a real apiserver stores, whatever a person writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError
from kogge.estate.models.values import Bytes, Cpu
from kogge.quantity import parse_quantity
from tests.support.spellings import SPELLINGS

MILLI = 10**6
"""Billionths: in a list of resources the apiserver keeps nothing finer, and rounds up."""


def in_quota(admin: KubeApi, amounts: Sequence[str]) -> list[str]:
    """Return the amounts as the apiserver stores them in a quota."""
    hard = {f"requests.example/amount-{number}": amount for number, amount in enumerate(amounts)}
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "probe"}, "spec": {"hard": hard}}
    answer: dict[str, Any] = admin.post("/api/v1/namespaces/default/resourcequotas", body, dry_run=True)
    return [answer["spec"]["hard"][name] for name in hard]


def as_size(admin: KubeApi, amounts: Sequence[str]) -> list[str]:
    """Return the amounts as the apiserver stores them where a field is one quantity: the limit of a scratch volume."""
    volumes = [{"name": f"v{number}", "emptyDir": {"sizeLimit": amount}} for number, amount in enumerate(amounts)]
    container = {"name": "c", "image": "registry.example/none"}
    template = {"metadata": {"labels": {"app": "probe"}}, "spec": {"containers": [container], "volumes": volumes}}
    spec = {"selector": {"matchLabels": {"app": "probe"}}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe"}, "spec": spec}
    answer: dict[str, Any] = admin.post("/apis/apps/v1/namespaces/default/deployments", body, dry_run=True)
    return [volume["emptyDir"]["sizeLimit"] for volume in answer["spec"]["template"]["spec"]["volumes"]]


def canonical(text: str) -> str:
    return str(parse_quantity(text))


def test_every_spelling_is_stored_in_our_canonical_form(admin: KubeApi) -> None:
    """Or as it was written: the apiserver does not touch some spellings. It never stores a third form."""
    stored = as_size(admin, SPELLINGS)
    wrong = {s: (t, canonical(s)) for s, t in zip(SPELLINGS, stored, strict=True) if t not in (canonical(s), s)}
    assert wrong == {}
    assert [parse_quantity(text).nano for text in stored] == [parse_quantity(text).nano for text in SPELLINGS]
    assert sum(text == canonical(s) for s, text in zip(SPELLINGS, stored, strict=True)) > len(SPELLINGS) / 2


def test_our_canonical_form_is_stored_as_it_is(admin: KubeApi) -> None:
    ours = [canonical(text) for text in SPELLINGS]
    assert as_size(admin, ours) == ours


def test_a_quota_has_the_same_amounts_rounded_up_to_thousandths(admin: KubeApi) -> None:
    stored = [parse_quantity(text).nano for text in in_quota(admin, SPELLINGS)]
    assert stored == [-(-parse_quantity(text).nano // MILLI) * MILLI for text in SPELLINGS]


@pytest.mark.parametrize("kind", [Cpu, Bytes])
def test_what_a_model_makes_of_a_file_is_stored_as_it_is(admin: KubeApi, kind: type) -> None:
    written = {text: ours for text in SPELLINGS if (ours := modelled(kind, text)) is not None}
    assert len(written) > 300
    assert in_quota(admin, list(written.values())) == list(written.values())
    assert as_size(admin, list(written.values())) == list(written.values())


def modelled(kind: type, text: str) -> str | None:
    """Return a quantity as the model keeps it; None where it is too fine for the field."""
    try:
        return TypeAdapter[str](kind).validate_python(text)
    except ValidationError:
        return None


@pytest.mark.parametrize("text", ["1K", "5GB", "1e", "1e1.5", "--1", "1.2.3", "1ki", "1 Gi"])
def test_what_we_refuse_the_apiserver_refuses(admin: KubeApi, text: str) -> None:
    with pytest.raises(ApiError, match="quantit"):
        as_size(admin, [text])
    with pytest.raises(ValueError, match="no quantity"):
        parse_quantity(text)


@pytest.mark.parametrize("text", [".", "+", "m", "-"])
def test_what_has_no_digit_we_refuse_and_the_apiserver_takes_for_nothing(admin: KubeApi, text: str) -> None:
    """The grammar does not have it; in a file it is a slip."""
    assert parse_quantity(as_size(admin, [text])[0]).nano == 0
    with pytest.raises(ValueError, match="no quantity"):
        parse_quantity(text)
