"""What runs in a space and how it is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from kogge.desired import space_objects
from kogge.desired.kubernetes.parameters import replica_bounds
from kogge.desired.kubernetes.workload import ALLOWED_SOURCES, deployment
from kogge.estate import Estate
from tests.support.estate_files import EstateFiles, named, space_of


def pod(estate: Estate, tenant: str, service: str) -> dict[str, Any]:
    found: dict[str, Any] = deployment(space_of(estate, tenant, service)).manifest["spec"]["template"]["spec"]
    return found


def ingresses(estate: Estate, tenant: str, service: str) -> dict[str, tuple[str, str | None]]:
    """Return name -> (hostname, allowed sources) of a space's ingresses."""
    found = named(space_objects(space_of(estate, tenant, service)), "Ingress")
    return {
        name: (item["spec"]["rules"][0]["host"], item["metadata"]["annotations"].get(ALLOWED_SOURCES))
        for name, item in found.items()
    }


def test_a_pod_has_no_privilege_no_token_and_a_read_only_file_system(files: EstateFiles) -> None:
    found = pod(files.load(), "moelln", "terminvergabe")
    assert found["automountServiceAccountToken"] is False
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    [container] = found["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_the_image_is_that_of_the_version_in_the_tenants_file(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["version"] = "2.3"
    estate = files.load()
    images = {t: pod(estate, t, "terminvergabe")["containers"][0]["image"] for t in ("moelln", "rostock")}
    versions = estate.catalogue["terminvergabe"].versions
    assert images == {"moelln": versions["2.3"].image, "rostock": versions["2.4"].image}


def test_how_many_replicas_run_is_the_operators_to_say_until_the_service_retires(files: EstateFiles) -> None:
    active = deployment(space_of(files.load(), "moelln", "terminvergabe"))
    assert (active.manifest["spec"]["replicas"], active.delegated_paths) == (2, ("/spec/replicas",))
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["state"] = "retiring"
    retiring = deployment(space_of(files.load(), "moelln", "terminvergabe"))
    assert (retiring.manifest["spec"]["replicas"], retiring.delegated_paths) == (0, ())


def test_a_deviation_says_how_many_replicas_there_are_and_what_each_may_use(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["deviation"] = {
            "replicas": 3,
            "memory_limit": "512Mi",
            "why": "a rush on passports",
            "expires": date(2027, 3, 31),
        }
    found = deployment(space_of(files.load(), "moelln", "terminvergabe")).manifest["spec"]
    assert found["replicas"] == 3
    assert found["template"]["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"cpu": "500m", "memory": "512Mi"},
    }


def test_a_rollout_without_surge_takes_one_pod_away_first(files: EstateFiles) -> None:
    def rollout() -> object:
        spec = deployment(space_of(files.load(), "moelln", "terminvergabe")).manifest["spec"]
        return spec["strategy"]["rollingUpdate"]

    assert rollout() == {"maxSurge": 1, "maxUnavailable": 0}
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["replicas"]["surge"] = 0
    assert rollout() == {"maxSurge": 0, "maxUnavailable": 1}


def test_pilots_give_way_to_members(files: EstateFiles) -> None:
    estate = files.load()
    assert pod(estate, "rostock", "terminvergabe")["priorityClassName"] == "kogge-pilot"
    assert pod(estate, "moelln", "terminvergabe")["priorityClassName"] == "kogge-member"


def test_volumes_and_scratch_space_are_mounted_where_the_catalogue_says(files: EstateFiles) -> None:
    found = pod(files.load(), "luebeck", "ratsinformation")
    assert found["containers"][0]["volumeMounts"] == [
        {"name": "papers", "mountPath": "/var/lib/papers"},
        {"name": "scratch-0", "mountPath": "/tmp"},  # noqa: S108 (a path in a container)
    ]
    assert [volume["name"] for volume in found["volumes"]] == ["papers", "scratch-0"]
    assert found["volumes"][0]["persistentVolumeClaim"] == {"claimName": "papers"}


def test_a_service_without_secrets_reads_none(files: EstateFiles) -> None:
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["secrets"] = {}
    estate = files.load()
    assert pod(estate, "moelln", "terminvergabe")["containers"][0]["envFrom"] == [
        {"configMapRef": {"name": "settings"}}
    ]
    assert set(named(space_objects(space_of(estate, "moelln", "terminvergabe")), "Secret")) == {"registry"}


def test_a_changed_setting_rolls_the_pods_and_another_tenants_stay(files: EstateFiles) -> None:
    def digests() -> dict[str, str]:
        estate = files.load()
        return {
            tenant: deployment(space_of(estate, tenant, "terminvergabe")).manifest["spec"]["template"]["metadata"][
                "annotations"
            ]["kogge.internal/environment"]
            for tenant in ("moelln", "rostock")
        }

    before = digests()
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["hostname"] = "buergeramt.moelln.kommune.example"
    after = digests()
    assert after["moelln"] != before["moelln"]
    assert after["rostock"] == before["rostock"]


def test_a_public_hostname_answers_everybody_and_one_by_vpn_the_partners_networks_alone(files: EstateFiles) -> None:
    assert ingresses(files.load(), "moelln", "terminvergabe") == {
        "terminvergabe": ("termine.moelln.kommune.example", None)
    }
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["reach"] = "vpn"
    assert ingresses(files.load(), "moelln", "terminvergabe") == {
        "terminvergabe": ("termine.moelln.kommune.example", "10.53.90.0/24")
    }


def test_the_consumers_hostname_answers_in_the_providers_space_to_the_consumers_networks(files: EstateFiles) -> None:
    assert ingresses(files.load(), "it-allianz-nord", "digitaler-zwilling") == {
        "digitaler-zwilling": ("zwilling.it-allianz-nord.kommune.example", "10.61.0.0/22"),
        "grant-to-herzogtum-lauenburg": ("zwilling.herzogtum-lauenburg.kommune.example", "10.54.0.0/22"),
        "grant-to-segeberg": ("zwilling.segeberg.kommune.example", "10.60.0.0/22"),
    }


def test_a_provider_that_is_public_itself_still_answers_its_consumers_networks_alone(files: EstateFiles) -> None:
    with files.edit("tenants/it-allianz-nord.yaml") as provider:
        provider["services"][0]["reach"] = "public"
    found = ingresses(files.load(), "it-allianz-nord", "digitaler-zwilling")
    assert found["digitaler-zwilling"] == ("zwilling.it-allianz-nord.kommune.example", None)
    assert found["grant-to-segeberg"] == ("zwilling.segeberg.kommune.example", "10.60.0.0/22")


def test_visitors_without_networks_are_answered_nowhere_rather_than_everywhere(files: EstateFiles) -> None:
    estate = files.load()
    segeberg = estate.tenants["segeberg"]
    cut_off = segeberg.model_copy(update={"network": segeberg.network.model_copy(update={"vpn": None})})
    estate = replace(estate, tenants={**estate.tenants, "segeberg": cut_off})
    found = ingresses(estate, "it-allianz-nord", "digitaler-zwilling")
    assert found["grant-to-segeberg"] == ("zwilling.segeberg.kommune.example", "127.0.0.1/32")


def test_every_path_of_a_hostname_leads_to_the_browser_port_of_the_service(files: EstateFiles) -> None:
    found = named(space_objects(space_of(files.load(), "it-allianz-nord", "digitaler-zwilling")), "Ingress")
    backends = [item["spec"]["rules"][0]["http"]["paths"] for item in found.values()]
    service = {"service": {"name": "digitaler-zwilling", "port": {"name": "http"}}}
    assert backends == [[{"path": "/", "pathType": "Prefix", "backend": service}]] * 3
    assert {item["spec"]["ingressClassName"] for item in found.values()} == {"nginx"}


def test_a_retiring_service_has_no_entrance_for_browsers_and_admits_no_pod(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["services"][0]["state"] = "retiring"
    items = space_objects(space_of(files.load(), "moelln", "terminvergabe"))
    assert named(items, "Ingress") == {}
    assert replica_bounds(space_of(files.load(), "moelln", "terminvergabe")) == (0, 0)


def test_a_service_listens_inside_the_cluster_alone(files: EstateFiles) -> None:
    [service] = named(
        space_objects(space_of(files.load(), "it-allianz-nord", "digitaler-zwilling")), "Service"
    ).values()
    assert service["spec"]["type"] == "ClusterIP"
    assert [(p["port"], p["targetPort"]) for p in service["spec"]["ports"]] == [(8080, "http"), (8443, "api")]


def test_the_budget_lets_a_node_be_drained_and_covers_the_pods_of_the_service(files: EstateFiles) -> None:
    items = space_objects(space_of(files.load(), "moelln", "terminvergabe"))
    [budget] = named(items, "PodDisruptionBudget").values()
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    [found] = named(items, "Deployment").values()
    labels = found["spec"]["template"]["metadata"]["labels"]
    for selector in (found["spec"]["selector"], budget["spec"]["selector"]):
        assert selector["matchLabels"].items() <= labels.items()
