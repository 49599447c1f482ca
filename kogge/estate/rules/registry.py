"""All rules across files, in the order in which ``kogge rules`` lists them."""

from __future__ import annotations

from typing import Final

from kogge.estate.rules import references, sharing
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
        "Callers are services that the consumer runs itself.",
        "The pods of a caller are selected by its space.",
        sharing.callers_run,
    ),
)
