"""Who may talk to a space: exactly what the files state, at both ends, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

from kogge.desired import Removal, space_objects, tenant_objects
from kogge.desired.kubernetes.network import network_policies
from kogge.estate import Estate
from tests.support.estate_files import EstateFiles, space_of

NAMESPACE_NAME = "kubernetes.io/metadata.name"


def policies(estate: Estate, tenant: str, service: str) -> dict[str, Any]:
    """Return name -> spec of the policies of a space."""
    return {i.ref.name: i.manifest["spec"] for i in network_policies(space_of(estate, tenant, service))}


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: name}}}


def tcp(port: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"}]


def test_a_space_has_one_policy_per_reason_and_each_says_just_that(files: EstateFiles) -> None:
    assert policies(files.load(), "moelln", "terminvergabe") == {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "allow-dns": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [{**namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
                    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
                }
            ],
        },
        "allow-same-space": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {}}]}],
            "egress": [{"to": [{"podSelector": {}}]}],
        },
        "allow-ingress": {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {
                            **namespace("ingress-nginx"),
                            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx"}},
                        }
                    ],
                    "ports": tcp(8080),
                }
            ],
        },
        "allow-database": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.250.0.11/32"}}], "ports": tcp(5432)}],
        },
        "allow-external": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": "198.51.100.40/32"}}], "ports": tcp(443)}],
        },
    }


def test_the_database_is_the_tenants_own_host(files: EstateFiles) -> None:
    found = policies(files.load(), "segeberg", "ratsinformation")["allow-database"]["egress"]
    assert found == [{"to": [{"ipBlock": {"cidr": "10.250.0.12/32"}}], "ports": tcp(5432)}]


def test_without_a_database_no_path_leads_to_a_database_host(files: EstateFiles) -> None:
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["database"] = False
        del application["secrets"]["DATABASE_PASSWORD"]
    assert "allow-database" not in policies(files.load(), "moelln", "terminvergabe")


def test_without_a_browser_port_the_ingress_controller_has_no_path(files: EstateFiles) -> None:
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["ports"] = [{"name": "http", "port": 8080}]
    for tenant in ("luebeck", "moelln", "rostock"):
        with files.edit(f"tenants/{tenant}.yaml") as document:
            for service in document["services"]:
                if service["use"] == "terminvergabe":
                    service.pop("hostname", None)
                    service.pop("reach", None)
    assert "allow-ingress" not in policies(files.load(), "moelln", "terminvergabe")


def test_without_external_endpoints_nothing_outside_is_reached(files: EstateFiles) -> None:
    assert "allow-external" not in policies(files.load(), "luebeck", "terminvergabe")


def test_each_external_endpoint_is_reached_on_its_own_port_alone(files: EstateFiles) -> None:
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["network"]["external"].append({"to": "198.51.100.48/29", "port": 8883, "why": "sensors"})
    assert policies(files.load(), "moelln", "terminvergabe")["allow-external"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "198.51.100.40/32"}}], "ports": tcp(443)},
        {"to": [{"ipBlock": {"cidr": "198.51.100.48/29"}}], "ports": tcp(8883)},
    ]


def test_a_grant_opens_the_granted_port_at_both_ends_between_the_two_spaces_alone(files: EstateFiles) -> None:
    estate = files.load()
    provider = policies(estate, "it-allianz-nord", "digitaler-zwilling")
    assert provider["grant-to-segeberg"] == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [namespace("segeberg--onlineformulare")], "ports": tcp(8443)}],
    }
    consumer = policies(estate, "segeberg", "onlineformulare")
    assert consumer["grant-of-it-allianz-nord--digitaler-zwilling"] == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [namespace("it-allianz-nord--digitaler-zwilling")], "ports": tcp(8443)}],
    }


def test_both_ends_of_a_grant_bear_its_name(files: EstateFiles) -> None:
    estate = files.load()
    ends = {
        (item.tenant, item.ref.kind, item.ref.name)
        for tenant in estate.tenants.values()
        for item in tenant_objects(estate, tenant)
        if item.grant == "it-allianz-nord/digitaler-zwilling/segeberg"
    }
    assert ends == {
        ("it-allianz-nord", "NetworkPolicy", "grant-to-segeberg"),
        ("it-allianz-nord", "Ingress", "grant-to-segeberg"),
        ("segeberg", "NetworkPolicy", "grant-of-it-allianz-nord--digitaler-zwilling"),
    }


def test_a_service_that_is_no_caller_has_no_path_to_the_provider(files: EstateFiles) -> None:
    assert not [name for name in policies(files.load(), "segeberg", "ratsinformation") if name.startswith("grant")]


def test_use_by_browser_opens_no_pod_path(files: EstateFiles) -> None:
    provider = policies(files.load(), "it-allianz-nord", "digitaler-zwilling")
    assert [name for name in provider if name.startswith("grant")] == ["grant-to-segeberg"]


def test_two_callers_are_two_peers_and_each_has_its_own_end(files: EstateFiles) -> None:
    with files.edit("tenants/segeberg.yaml") as segeberg:
        segeberg["services"][2]["callers"] = ["onlineformulare", "ratsinformation"]
    estate = files.load()
    [rule] = policies(estate, "it-allianz-nord", "digitaler-zwilling")["grant-to-segeberg"]["ingress"]
    assert rule["from"] == [namespace("segeberg--onlineformulare"), namespace("segeberg--ratsinformation")]
    for caller in ("onlineformulare", "ratsinformation"):
        assert "grant-of-it-allianz-nord--digitaler-zwilling" in policies(estate, "segeberg", caller)


def test_a_port_that_the_offer_does_not_name_stays_shut(files: EstateFiles) -> None:
    with files.edit("catalogue/digitaler-zwilling.yaml") as application:
        application["ports"].append({"name": "tiles", "port": 8444, "grantable": True})
    [rule] = policies(files.load(), "it-allianz-nord", "digitaler-zwilling")["grant-to-segeberg"]["ingress"]
    assert rule["ports"] == tcp(8443)


def test_a_shared_use_that_is_removed_closes_both_ends_and_the_hostname(files: EstateFiles) -> None:
    with files.edit("tenants/segeberg.yaml") as segeberg:
        segeberg["services"][2]["state"] = "removed"
        segeberg["services"][2].pop("callers")
    estate = files.load()
    items = [i for tenant in estate.tenants.values() for i in tenant_objects(estate, tenant)]
    assert not [item.ref for item in items if item.grant and item.grant.endswith("/segeberg")]


def test_a_blocked_consumer_has_no_end_at_the_provider(files: EstateFiles) -> None:
    with files.edit("tenants/segeberg.yaml") as segeberg:
        segeberg["size"] = "xxl"
    estate = files.load()
    assert "segeberg" in estate.blocked
    assert "grant-to-segeberg" not in policies(estate, "it-allianz-nord", "digitaler-zwilling")


def test_a_removed_service_has_no_space_and_a_retiring_one_keeps_its_isolation(files: EstateFiles) -> None:
    with files.edit("tenants/luebeck.yaml") as luebeck:
        luebeck["services"][0]["state"] = "removed"
        luebeck["services"][1]["state"] = "retiring"
    estate = files.load()
    items = tenant_objects(estate, estate.tenant("luebeck"))
    assert {item.space for item in items} == {"luebeck--terminvergabe", "luebeck--ratsinformation"}
    retiring = policies(estate, "luebeck", "terminvergabe")
    assert retiring == policies(EstateFiles.base(files.root.parent / "before").load(), "luebeck", "terminvergabe")


def test_a_closed_tenant_has_nothing_and_grants_nothing(files: EstateFiles) -> None:
    with files.edit("tenants/segeberg.yaml") as segeberg:
        segeberg["stage"] = "closed"
        segeberg["leaving"] = {"since": date(2026, 7, 1), "delete_after": date(2026, 9, 29)}
        for service in segeberg["services"]:
            service["state"] = "removed"
            service.pop("callers", None)
    estate = files.load()
    assert estate.blocked == {}
    assert tenant_objects(estate, estate.tenant("segeberg")) == ()
    assert "grant-to-segeberg" not in policies(estate, "it-allianz-nord", "digitaler-zwilling")


def test_only_the_denial_of_everything_is_protected_from_removal(files: EstateFiles) -> None:
    found = {i.ref.name: i.removal for i in network_policies(space_of(files.load(), "moelln", "terminvergabe"))}
    assert [name for name, removal in found.items() if removal is Removal.STAGED] == ["default-deny"]


def test_policies_stand_before_anything_that_runs(files: EstateFiles) -> None:
    orders = [(i.order, i.ref.kind) for i in space_objects(space_of(files.load(), "moelln", "terminvergabe"))]
    last_policy = max(place for place, (_, kind) in enumerate(orders) if kind == "NetworkPolicy")
    assert last_policy < min(place for place, (_, kind) in enumerate(orders) if kind == "Deployment")
