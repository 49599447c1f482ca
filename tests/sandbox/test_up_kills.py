"""Killed at any point, a run leaves nothing a person has to clear up: the next one converges."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

from kogge.clusters.api import KubeApi
from tests.support.estate_root import EstateRoot

Tenant = Callable[..., Path]

KINDS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "LimitRange": "/api/v1/namespaces/{}/limitranges",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
}
CLUSTER_MADE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}


def _live(admin: KubeApi, space: str) -> set[tuple[str, str]]:
    found = {(k, o["metadata"]["name"]) for k, path in KINDS.items() for o in admin.list_all(path.format(space))}
    return found - CLUSTER_MADE


def _rendered(estate: EstateRoot, tenant: str) -> set[tuple[str, str]]:
    objects = yaml.safe_load_all(estate.kogge("render", tenant).stdout)
    return {(o["kind"], o["metadata"]["name"]) for o in objects if o["kind"] in KINDS}


def _kill_somewhere(estate: EstateRoot, chance: random.Random, *names: str) -> str:
    """Start a run, kill one of its processes at a random moment, and say which."""
    run = estate.start("up", *names)
    time.sleep(chance.uniform(0.2, 6.0))
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(run.pid)
        victim = chance.choice([root, root, *root.children(recursive=True)])
        told = f"{victim.name()} of {len(root.children(recursive=True)) + 1}"
        os.kill(victim.pid, signal.SIGKILL)
        run.communicate(timeout=300)
        return told
    run.communicate(timeout=300)
    return "nothing: it was done"


def _kill_and_converge(estate: EstateRoot, admin: KubeApi, tenant: Tenant, number: int, chance: random.Random) -> None:
    names = [f"killed-{chr(97 + number)}{letter}" for letter in "xy"]
    for name in names:
        tenant(name)
    told = _kill_somewhere(estate, chance, *names)
    done = estate.kogge("up", *names)
    assert done.returncode == 0, f"after killing {told}:\n{done.stdout}{done.stderr}"
    for name in names:
        assert _live(admin, f"{name}--terminvergabe") == _rendered(estate, name), told
    assert set(estate.results("up", *names).values()) == {"skipped"}
    assert set(estate.results("plan", *names, "--force").values()) == {"unchanged"}


@pytest.mark.parametrize("number", range(2))
def test_a_killed_run_is_continued_by_the_next(estate: EstateRoot, admin: KubeApi, tenant: Tenant, number: int) -> None:
    _kill_and_converge(estate, admin, tenant, number, random.Random(20261124 + number))


@pytest.mark.long
@pytest.mark.parametrize("number", range(2, 22))
def test_twenty_killed_runs_are_each_continued_by_the_next(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant, number: int
) -> None:
    _kill_and_converge(estate, admin, tenant, number, random.Random(time.time_ns()))
