"""What a changed file does to what runs: no more than it says, and nothing that holds data goes by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kogge.clusters.api import KubeApi
from tests.support.estate_root import EstateRoot

HOSTNAMES, REPLICAS = (f"/api/v1/namespaces/kogge-platform/configmaps/kogge-{n}" for n in ("hostnames", "replicas"))

Tenant = Callable[..., Path]


def live(admin: KubeApi, path: str) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(path)
    return found


@pytest.fixture
def catalogue(estate: EstateRoot) -> Iterator[Callable[[str, str, str], None]]:
    """Change an application's file; it is put back with the test."""
    with ExitStack() as stack:

        def change(application: str, old: str, new: str) -> None:
            stack.enter_context(estate.changed(f"catalogue/{application}.yaml", old, new))

        yield change


def test_changed_settings_and_bounds_are_changed_in_place(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant, catalogue: Callable[[str, str, str], None]
) -> None:
    """An object that is deleted and made again is missing in between: the space's policies read one of these."""
    tenant("settings")
    assert estate.results("up", "settings")["settings"] == "created"
    maps = "/api/v1/namespaces/{}/configmaps/{}"
    paths = [maps.format("settings--terminvergabe", "settings"), maps.format("kogge-platform", "kogge-replicas")]
    before = [live(admin, path) for path in paths]
    catalogue("terminvergabe", "Europe/Berlin", "Europe/Vienna")
    catalogue("terminvergabe", "maximum: 4", "maximum: 3")
    assert estate.results("up", "settings")["settings"] == "updated"
    after = [live(admin, path) for path in paths]
    assert after[0]["data"]["APPOINTMENTS_TIMEZONE"] == "Europe/Vienna"
    assert after[1]["data"]["settings--terminvergabe"] == "1-3"
    assert [item["metadata"]["uid"] for item in after] == [item["metadata"]["uid"] for item in before]


def test_the_platforms_step_is_named_when_a_tenants_hostname_changes(estate: EstateRoot, admin: KubeApi) -> None:
    with estate.changed("tenants/moelln.yaml", "hostname: termine.moelln", "hostname: buergerdienste.moelln"):
        planned = estate.kogge("plan", "moelln")
        done = estate.kogge("up", "moelln")
        hostnames = live(admin, HOSTNAMES)["data"]["moelln--terminvergabe"]
        again = estate.results("up", "moelln")
    for run in (planned, done):
        assert run.returncode == 0, run.stdout + run.stderr
        assert "platform first: hostnames of moelln--terminvergabe change" in run.stderr
    assert hostnames == "buergerdienste.moelln.kommune.example"
    assert again == {"platform": "skipped", "moelln": "skipped"}
    assert estate.results("up", "moelln") == {"platform": "updated", "moelln": "updated"}


def test_a_tenant_whose_file_has_an_error_or_is_gone_keeps_what_admission_knows_of_it(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant
) -> None:
    path, space = tenant("bleibt"), "bleibt--terminvergabe"
    assert estate.results("up", "bleibt")["bleibt"] == "created"
    before = {name: live(admin, name)["data"][space] for name in (HOSTNAMES, REPLICAS)}
    whole = path.read_text(encoding="utf-8")
    for broken, word in ((whole.replace("size: ", "size: no-such-"), "amt"), (None, "rathaus")):
        path.unlink() if broken is None else path.write_text(broken, encoding="utf-8")
        with estate.changed("tenants/moelln.yaml", "hostname: termine.moelln", f"hostname: {word}.moelln"):
            assert estate.results("up", "platform")["platform"] == "updated"
            assert live(admin, HOSTNAMES)["data"]["moelln--terminvergabe"] == f"{word}.moelln.kommune.example"
        assert {name: live(admin, name)["data"][space] for name in (HOSTNAMES, REPLICAS)} == before
        path.write_text(whole, encoding="utf-8")
    assert estate.results("up", "bleibt")["bleibt"] in {"skipped", "unchanged"}


def test_a_volume_that_left_the_catalogue_is_refused_before_anything_is_changed(
    estate: EstateRoot, admin: KubeApi, catalogue: Callable[[str, str, str], None]
) -> None:
    deployment = "/apis/apps/v1/namespaces/segeberg--ratsinformation/deployments/ratsinformation"
    before = live(admin, deployment)["metadata"]["generation"]
    catalogue(
        "ratsinformation",
        "volumes:\n  - {name: papers, size: 5Gi, storage_class: standard, mount: /var/lib/papers}\n",
        "",
    )
    done = estate.kogge("up", "segeberg")
    assert done.returncode == 1
    assert "PersistentVolumeClaim segeberg--ratsinformation/papers holds data" in done.stdout
    assert live(admin, deployment)["metadata"]["generation"] == before


def test_what_a_stack_made_is_kept_apart_ordered_and_protected_in_its_state(estate: EstateRoot) -> None:
    resources = {resource["urn"].split("::", 2)[2]: resource for resource in estate.export("luebeck")}
    space = "kogge:index:Space$kubernetes:"
    name = "luebeck--ratsinformation"
    namespace = resources[f"{space}core/v1:Namespace::{name}"]
    claim = resources[f"{space}core/v1:PersistentVolumeClaim::{name}/papers"]
    policy = resources[f"{space}networking.k8s.io/v1:NetworkPolicy::{name}/default-deny"]
    secret = resources[f"{space}core/v1:Secret::{name}/secrets"]
    deployment = resources[f"{space}apps/v1:Deployment::{name}/ratsinformation"]
    assert all(resource["protect"] for resource in (namespace, claim, policy))
    assert not any(resource.get("protect") for resource in (secret, deployment))
    assert policy["deletedWith"] == namespace["urn"]
    assert namespace["urn"] in policy["dependencies"]
    assert {secret["urn"], claim["urn"]} <= set(deployment["dependencies"])
    assert "replicas" not in deployment["inputs"]["spec"]
    assert secret["additionalSecretOutputs"] == ["data"]
