"""Each right of the provisioner is needed: without it, an apply that a partner's file asks for fails.

The rights as a whole are held by ``test_access`` and the unit tests, against one table.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kogge.clusters.api import KubeApi
from kogge.clusters.kinds import kind_of
from kogge.json_value import JsonObject, items_at
from tests.support.estate_root import EstateRoot
from tests.support.provisioner_rights import IN_A_SPACE, IN_THE_CLUSTER

CLUSTER, SPACE = "kogge-provisioner", "kogge-provisioner-space"
MAKING = ("create", "patch")
Right = tuple[str, str, str]

SAMPLE: tuple[Right, ...] = (
    (CLUSTER, "/namespaces", "create"),
    (CLUSTER, "rbac.authorization.k8s.io/clusterroles", "bind"),
    (SPACE, "/secrets", "patch"),
    (SPACE, "networking.k8s.io/networkpolicies", "create"),
)
REST = tuple(
    (role, resource, verb)
    for role, table in ((CLUSTER, IN_THE_CLUSTER), (SPACE, IN_A_SPACE))
    for resource, verbs in table.items()
    for verb in MAKING
    if verb in verbs
    and (role, resource, verb) not in SAMPLE
    and resource != "/persistentvolumeclaims"
    # In a space it has these of the whole cluster, too.
    and not (role == SPACE and resource in IN_THE_CLUSTER)
)


@contextmanager
def without(admin: KubeApi, right: Right) -> Iterator[None]:
    """While the block runs, a role lacks one right."""
    role, resource, verb = right
    path = kind_of("ClusterRole").object_path("", role)
    before = items_at(admin.get(path), "rules")
    group, plural = resource.split("/", 1)
    admin.patch(path, {"rules": [rule for old in before for rule in _cut(old, group, plural, verb)]})
    time.sleep(1)  # until the authorizer has seen it
    try:
        yield
    finally:
        admin.patch(path, {"rules": [*before]})


def _cut(rule: JsonObject, group: str, plural: str, verb: str) -> Iterator[JsonObject]:
    """Yield a rule without one verb for one resource."""
    resources, verbs = rule["resources"], rule["verbs"]
    assert isinstance(resources, list)
    assert isinstance(verbs, list)
    if rule["apiGroups"] != [group] or plural not in resources:
        yield copy.deepcopy(rule)
        return
    if others := [name for name in resources if name != plural]:
        yield {**rule, "resources": [*others]}
    if rest := [name for name in verbs if name != verb]:
        yield {**rule, "resources": [plural], "verbs": [*rest]}


def _apply_without(estate: EstateRoot, admin: KubeApi, tenant: Callable[..., Path], right: Right) -> None:
    name = f"recht-{abs(hash(right)) % 10**8}"
    tenant(name)
    assert estate.results("up", "platform")["platform"] in {"updated", "skipped"}
    with without(admin, right):
        done = estate.kogge("up", name)
    assert done.returncode == 1, done.stdout
    assert any(word in done.stdout for word in ("forbidden", "may not")), done.stdout
    assert estate.results("up", name)[name] in {"created", "updated"}


@pytest.mark.parametrize("right", SAMPLE, ids=" ".join)
def test_an_apply_needs_the_right_and_goes_on_when_it_is_back(
    estate: EstateRoot, admin: KubeApi, tenant: Callable[..., Path], right: Right
) -> None:
    _apply_without(estate, admin, tenant, right)


@pytest.mark.long
@pytest.mark.parametrize("right", REST, ids=" ".join)
def test_an_apply_needs_every_right_to_make_something(
    estate: EstateRoot, admin: KubeApi, tenant: Callable[..., Path], right: Right
) -> None:
    _apply_without(estate, admin, tenant, right)
