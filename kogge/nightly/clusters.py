"""Runs the check of every cluster: reads, judges, reads the suspects again, judges again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kogge.clusters.api import KubeApi
from kogge.clusters.connect import connect
from kogge.clusters.identity import Identity
from kogge.clusters.kinds import LISTED, Kind
from kogge.defaults.record import read_learned
from kogge.drift.objects.compare import judge
from kogge.drift.objects.scene import Scene, declared_on
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.findings import Finding, Judgement, ObjectRef, Unknown
from kogge.observe import Observed, observe
from kogge.observe.custom import custom_groups
from kogge.observe.reading import read_again
from kogge.trust import KnownDigests

SINGLY: Final = 50
"""Up to so many suspects are read one by one; above, their kinds are listed."""
PAUSES: Final = (0.5, 1.5)
"""Seconds before each further look: an object that a controller is at work on looks different every time."""

_MOVING: Final = frozenset({"Deployment", "ReplicaSet", "Pod", "Endpoints", "EndpointSlice"})
"""Kinds that controllers keep in step with each other: one is judged by the others, so all are listed again."""


def check_clusters(estate: Estate, digests: KnownDigests, *, learned: Path) -> Judgement:
    """Compare every cluster of the platform with the files; what cannot be read becomes an unknown."""
    found = Judgement()
    for name in sorted(estate.platform.clusters):
        found += check_cluster(estate, name, digests, learned=learned)
    return found


def check_cluster(estate: Estate, name: str, digests: KnownDigests, *, learned: Path) -> Judgement:
    """Compare one cluster with the files, as the nightly identity."""
    try:
        api = connect(estate, name, Identity.NIGHTLY)
    except KoggeError as error:
        return Judgement(unknown=(Unknown(None, f"cluster {name}: everything", error.message),))
    observed = observe(api, name, without_secrets=not estate.platform.nightly.read_secrets)
    scene = Scene(declared_on(estate, name), read_learned(learned, name), digests, observed)
    return _confirmed(api, scene) + Judgement(not_verifiable=_not_listed(api, name))


def _not_listed(api: KubeApi, name: str) -> tuple[str, ...]:
    groups = custom_groups(api)
    return (f"cluster {name}: objects of {', '.join(groups)} are not listed",) if groups else ()


def _confirmed(api: KubeApi, scene: Scene) -> Judgement:
    """Return what is found every time: suspects are read again before they are reported."""
    judgement = judge(scene)
    for pause in PAUSES:
        if not judgement.findings:
            break
        time.sleep(pause)
        scene = Scene(scene.declared, scene.learned, scene.digests, _again(api, scene.observed, judgement.findings))
        again = judge(scene)
        seen = {finding.id for finding in judgement.findings}
        judgement = Judgement(tuple(f for f in again.findings if f.id in seen), again.unknown)
        if not any(_moving(finding) for finding in judgement.findings):
            break
    return judgement


def _moving(finding: Finding) -> bool:
    return isinstance(finding.where, ObjectRef) and finding.where.kind in _MOVING


def _again(api: KubeApi, observed: Observed, findings: Iterable[Finding]) -> Observed:
    suspects = {finding.where for finding in findings if isinstance(finding.where, ObjectRef)}
    still = {ref for ref in suspects if ref.kind not in _MOVING}
    kinds = set(_MOVING) if len(still) < len(suspects) else set()
    if len(still) > SINGLY:
        kinds |= {ref.kind for ref in still}
        still = set()
    if kinds:
        observed = _listed_again(api, observed, [listed for listed in LISTED if listed.kind in kinds])
    return observed.with_objects(read_again(api, still)) if still else observed


def _listed_again(api: KubeApi, observed: Observed, kinds: list[Kind]) -> Observed:
    readable = [listed for listed in kinds if (listed.api_version, listed.kind) not in observed.unreadable]
    fresh = observe(api, observed.cluster, readable)
    return observed.with_kinds([(listed.api_version, listed.kind) for listed in readable], fresh)
