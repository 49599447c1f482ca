"""Judges one cluster: declared objects, then everything else in the spaces, then the cluster as a whole. Pure."""

from __future__ import annotations

from kogge.drift.objects.children import judge_children
from kogge.drift.objects.owned import judge_owned
from kogge.drift.objects.scene import Scene
from kogge.drift.objects.strangers import judge_cluster_wide
from kogge.findings import Judgement, Unknown


def judge(scene: Scene) -> Judgement:
    """Return every finding and unknown of a cluster, in a stable order without repetitions."""
    blocked = Judgement(unknown=tuple(Unknown(name, "", why) for name, why in scene.declared.blocked.items()))
    found = Judgement(unknown=scene.observed.unknown) + blocked
    found += judge_owned(scene) + judge_children(scene) + judge_cluster_wide(scene)
    findings = {finding.id: finding for finding in found.findings}
    return Judgement(tuple(findings.values()), tuple(dict.fromkeys(found.unknown)))
