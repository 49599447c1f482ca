"""All rules across files, in the order in which ``kogge rules`` lists them."""

from __future__ import annotations

from typing import Final

from kogge.estate.rules import addresses, capacity, dates, ground, identity, names, references, sharing, versions
from kogge.estate.rules.rule import Rule

RULES: Final = (
    Rule(
        "file-name",
        "The name in a file is the stem of the file.",
        "The name is the Pulumi stack, the owner of keys and half of every namespace.",
        references.file_name,
    ),
    Rule(
        "plan-exists",
        "The size of a tenant is a plan of platform.yaml.",
        "Quota, database limits and price come from it.",
        references.plan_exists,
    ),
    Rule(
        "placement-exists",
        "The placement names a cluster and a host with the role database.",
        "A dangling placement would fail only on the cluster.",
        references.placement_exists,
    ),
    Rule(
        "service-exists",
        "Every service is an application of the catalogue in a version that it has.",
        "Only reviewed images run.",
        references.service_exists,
    ),
    Rule(
        "site-exists",
        "Clusters, hosts and registries stand at a site of platform.yaml.",
        "Residency is judged by the site.",
        references.site_exists,
    ),
    Rule(
        "use-is-offered",
        "A tenant uses a service of another only if that one offers it to this one.",
        "A grant needs both sides: nobody opens another's space.",
        sharing.use_is_offered,
    ),
    Rule(
        "offer-is-used",
        "A tenant that an offer names uses the service.",
        "A one-sided grant is a forgotten door, or a forgotten line.",
        sharing.offer_is_used,
    ),
    Rule(
        "offer-is-run",
        "A tenant offers only what it runs itself and what the catalogue lets be shared.",
        "An offer of nothing would open nothing, silently.",
        sharing.offer_is_run,
    ),
    Rule(
        "callers-run",
        "Callers are services that the consumer runs itself, and the offer has ports for them.",
        "The pods of a caller are selected by its space.",
        sharing.callers_run,
    ),
    Rule(
        "key-fits-kind",
        "An independent city's AGS ends in 000, a municipality's does not.",
        "The kind decides who the district is and which reports count the body.",
        identity.key_fits_kind,
    ),
    Rule(
        "ars-fits-ags",
        "Digits 1-5 and 10-12 of an ARS are the AGS; without association 7-9 repeat 10-12 (warning).",
        "Two keys that contradict each other name two bodies.",
        identity.ars_fits_ags,
    ),
    Rule(
        "key-once",
        "A regional key belongs to one tenant.",
        "One body is one controller (GDPR Art. 4 no. 7) and one tenant.",
        identity.key_once,
    ),
    Rule(
        "carriers-distinct",
        "A joint body names each carrier once.",
        "Repeated carriers hide a missing one.",
        identity.carriers_distinct,
    ),
    Rule(
        "authority-fits-land",
        "The supervisory authority is that of the body's Land.",
        "A breach is notified there within 72 hours (GDPR Art. 33).",
        identity.authority_fits_land,
    ),
    Rule(
        "operator-may-operate",
        "Operations lie with a member that is a joint body carried by the body or its district.",
        "The operator is not the controller; it needs the body's own mandate.",
        identity.operator_may_operate,
    ),
    Rule(
        "group-once",
        "A group has rights at one tenant, or at tenants with the same operator.",
        "A group shared by mistake opens one partner to another.",
        identity.group_once,
    ),
    Rule(
        "stage-has-its-dates",
        "A pilot says when it ends; a leaving or closed tenant says when its data goes; no other stage does.",
        "Stages without dates last for ever.",
        dates.stage_has_its_dates,
    ),
    Rule(
        "pilot-runs",
        "A pilot is decided before it ends (warning 30 days before, error after).",
        "A pilot that nobody ends runs without a contract's care.",
        dates.pilot_runs,
    ),
    Rule(
        "leaving-in-order",
        "Data is deleted after the export and within the contract's deadline; closed comes after that day.",
        "GDPR Art. 28 (3) g.",
        dates.leaving_in_order,
    ),
    Rule(
        "contract-in-force",
        "A member has a contract in force, a breach deadline and a choice of return or deletion.",
        "GDPR Art. 28 (3), 30 (2) and 33 (2).",
        dates.contract_in_force,
    ),
    Rule(
        "deviation-runs",
        "A deviation changes a service that the tenant runs, and ends (warning 30 days before, error after).",
        "Exceptions without an end become the rule.",
        dates.deviation_runs,
    ),
    Rule(
        "freeze-is-short",
        "A freeze begins before it ends and lasts at most 60 days.",
        "Security updates have to come through.",
        dates.freeze_is_short,
    ),
    Rule(
        "joint-body-exists",
        "A joint body is not a tenant before it exists.",
        "Contracts with a body that does not exist bind nobody.",
        dates.joint_body_exists,
    ),
    Rule(
        "vpn-networks-apart",
        "A partner's VPN networks overlap neither the platform's nor another partner's; none is wider than /8.",
        "Overlapping routes lead one partner's traffic to another.",
        addresses.vpn_networks_apart,
    ),
    Rule(
        "external-outside",
        "An external endpoint overlaps no range of the platform or a partner, no link-local, and is within a /8.",
        "An egress rule into the platform goes round the isolation.",
        addresses.external_outside,
    ),
    Rule(
        "vpn-address-free",
        "A VPN address comes out of the platform's VPN network and is used once.",
        "WireGuard gives traffic to one peer per address.",
        addresses.vpn_address_free,
    ),
    Rule(
        "vpn-peer-once",
        "A WireGuard key and an endpoint belong to one partner; the endpoint is an address and a port.",
        "A shared key makes two partners one.",
        addresses.vpn_peer_once,
    ),
    Rule(
        "platform-ranges-apart",
        "Pods, services, nodes, hosts and VPN addresses do not overlap.",
        "Policies name ranges; an address with two meanings escapes them.",
        addresses.platform_ranges_apart,
    ),
    Rule(
        "domain-is-own",
        "A tenant's domain lies below the platform's, apart from its own names and from other tenants' domains.",
        "Who owns a domain can set cookies and read traffic for all below it.",
        names.domain_is_own,
    ),
    Rule(
        "hostname-is-own",
        "A service's hostname lies under its tenant's domains and is used once.",
        "Two ingresses for one host answer at random.",
        names.hostname_is_own,
    ),
    Rule(
        "hostname-is-served",
        "A service for browsers has a hostname, others have none; VPN-only names need a VPN.",
        "A name that cannot answer is found by citizens first.",
        names.hostname_is_served,
    ),
    Rule(
        "service-once",
        "A tenant names each service, and offers each service, once.",
        "A space is named after both; twice would be one space for two entries.",
        names.service_once,
    ),
    Rule(
        "space-name-fits",
        "<tenant>--<service> has at most 60 characters.",
        "Namespaces end at 63 characters, PostgreSQL cuts names there silently.",
        names.space_name_fits,
    ),
    Rule(
        "closed-runs-nothing",
        "A closed tenant has removed all services and offers nothing.",
        "Nothing may depend on what is deleted.",
        names.closed_runs_nothing,
    ),
    Rule(
        "version-not-withdrawn",
        "A withdrawn version runs nowhere; a deprecated or not yet released one is a warning.",
        "Versions are withdrawn for security.",
        versions.version_not_withdrawn,
    ),
    Rule(
        "lighthouse-first",
        "Where a lighthouse runs a service, nobody runs a newer version.",
        "New versions are tried where somebody watches.",
        versions.lighthouse_first,
    ),
    Rule(
        "version-only-if-run",
        "The version of a shared service is the provider's.",
        "Two files would decide one thing.",
        versions.version_only_if_run,
    ),
    Rule(
        "plan-holds",
        "The quotas of a tenant's spaces stay within its plan, a pilot's within its share.",
        "The price covers the plan.",
        capacity.plan_holds,
    ),
    Rule(
        "cluster-holds",
        "The tenants of a cluster fit into its CPU, memory and storage.",
        "What does not fit stays pending on the cluster.",
        capacity.cluster_holds,
    ),
    Rule(
        "storage-class-exists",
        "The cluster has every storage class that the tenant's services need.",
        "A claim for an unknown class waits for ever.",
        capacity.storage_class_exists,
    ),
    Rule(
        "database-host-holds",
        "The databases of a host fit into its connections and storage.",
        "PostgreSQL refuses connections for all tenants once they are used up.",
        capacity.database_host_holds,
    ),
    Rule(
        "protection-holds",
        "The cluster was assessed for the tenant's protection need.",
        "BSI-Standard 200-2: the target inherits the highest need.",
        capacity.protection_holds,
    ),
    Rule(
        "data-stays",
        "Clusters, hosts and registries stand in allowed countries.",
        "Residency is promised in every contract.",
        ground.data_stays,
    ),
    Rule(
        "backup-elsewhere",
        "Backups exist and are kept at another site than the data (a warning).",
        "BSI CON.3: a fire takes both otherwise.",
        ground.backup_elsewhere,
    ),
    Rule(
        "host-is-whole",
        "Every host has the role baseline, each role once; a database host says what it holds (a warning).",
        "An unhardened host is the way in.",
        ground.host_is_whole,
    ),
    Rule(
        "keys-can-be-recovered",
        "Master keys have at least two recipients, one of them offline.",
        "A lost identity would lose every backup.",
        ground.keys_can_be_recovered,
    ),
    Rule(
        "image-from-known-registry",
        "Images come from registries of platform.yaml.",
        "Residency and supply chain are judged by the registry.",
        ground.image_from_known_registry,
    ),
    Rule(
        "application-adds-up",
        "Limits cover requests, replicas lie within bounds, ports, variables and mounts are named once.",
        "The apiserver would refuse the Deployment.",
        ground.application_adds_up,
    ),
)
