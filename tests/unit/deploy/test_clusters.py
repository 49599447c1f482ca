"""A tenant's stack asks as the provisioner; the platform's identity asks only where the provisioner may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kogge.clusters.errors import ApiRefused, KubeconfigError
from kogge.clusters.identity import Identity, kubeconfig_path
from kogge.deploy.clusters import Clusters
from tests.support.estate_files import EstateFiles
from tests.support.uid_server import UID, UidServer, estate_at, uid_server

PLATFORM, PROVISIONER = "kogge-sandbox-admin", "kogge:provisioner"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UidServer]:
    with uid_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(running: UidServer) -> UidServer:
    """The server, before it was asked anything."""
    running.asked_by.clear()
    running.without_rights.clear()
    return running


@pytest.fixture
def clusters(files: EstateFiles, server: UidServer) -> Clusters:
    """The clients of a run on an estate whose cluster is the server."""
    return Clusters(estate_at(files, server.kubeconfigs, {"kube_system_uid": UID}))


@contextmanager
def absent(clusters: Clusters, identity: Identity) -> Iterator[None]:
    """While the block runs, there is no kubeconfig of an identity."""
    path = kubeconfig_path(clusters.estate, "hl1", identity)
    away = path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        away.rename(path)


def test_a_tenant_asks_as_the_provisioner_and_the_platform_as_itself(clusters: Clusters, server: UidServer) -> None:
    clusters.for_stack("hl1", "moelln")
    assert server.asked_by == [PROVISIONER]
    clusters.for_stack("hl1", "platform")
    assert server.asked_by == [PROVISIONER, PLATFORM]


def test_a_cluster_is_checked_once_per_identity(clusters: Clusters, server: UidServer) -> None:
    assert clusters.for_stack("hl1", "moelln") is clusters.for_stack("hl1", "segeberg")
    assert server.asked_by == [PROVISIONER]
    assert [clusters.version("hl1", stack) for stack in ("moelln", "segeberg")] == ["v1.37.2", "v1.37.2"]
    assert server.asked_by == [PROVISIONER, PROVISIONER]


def test_defaults_are_asked_for_by_who_applies_the_stack_and_nobody_stands_in(
    clusters: Clusters, server: UidServer
) -> None:
    clusters.for_applying("hl1", "moelln")
    assert server.asked_by == [PROVISIONER]
    clusters.for_applying("hl1", "platform")
    assert server.asked_by == [PROVISIONER, PLATFORM]
    server.without_rights.add(PROVISIONER)
    fresh = Clusters(clusters.estate)
    with pytest.raises(ApiRefused, match=f"{PROVISIONER} may not"):
        fresh.for_applying("hl1", "moelln")


def test_nobody_needs_the_platforms_kubeconfig_to_see_that_nothing_changed(
    clusters: Clusters, server: UidServer
) -> None:
    with absent(clusters, Identity.PLATFORM):
        assert clusters.version("hl1", "platform") == "v1.37.2"
    assert server.asked_by == [PROVISIONER, PROVISIONER]


def test_the_platform_is_applied_where_the_provisioner_has_no_kubeconfig_yet(
    clusters: Clusters, server: UidServer
) -> None:
    with absent(clusters, Identity.PROVISIONER):
        assert clusters.version("hl1", "platform") == "v1.37.2"
        assert server.asked_by == [PLATFORM, PLATFORM]
        with pytest.raises(KubeconfigError):
            clusters.for_stack("hl1", "moelln")


def test_before_the_provisioner_has_rights_the_platform_looks_for_it(clusters: Clusters, server: UidServer) -> None:
    server.without_rights.add(PROVISIONER)
    assert clusters.version("hl1", "moelln") == "v1.37.2"
    assert server.asked_by == [PROVISIONER, PLATFORM, PLATFORM]
    server.without_rights.clear()
    server.asked_by.clear()
    clusters.for_stack("hl1", "moelln")
    assert server.asked_by == [PROVISIONER]


def test_where_the_platform_may_not_look_nobody_does(clusters: Clusters, server: UidServer) -> None:
    server.without_rights |= {PLATFORM, PROVISIONER}
    for stack in ("platform", "moelln"):
        with pytest.raises(ApiRefused, match=f"{PLATFORM} may not"):
            clusters.for_stack("hl1", stack)
