"""``kogge up`` on the real engine, the real provider and a real apiserver: what it makes, and that it settles."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

from kogge.clusters.api import KubeApi
from sandbox.controlplane.state import State
from tests.support.estate_root import EstateRoot

Tenant = Callable[..., Path]

SPACES = {
    "it-allianz-nord--digitaler-zwilling",
    "luebeck--onlineformulare",
    "luebeck--ratsinformation",
    "luebeck--terminvergabe",
    "moelln--terminvergabe",
    "rostock--terminvergabe",
    "segeberg--onlineformulare",
    "segeberg--ratsinformation",
}


def test_everything_can_be_planned_before_anything_was_applied(bare: State, tmp_path: Path) -> None:
    """The provisioner has no rights yet: the platform's stack gives them."""
    root = EstateRoot.seed(tmp_path / "root", bare.directory)
    planned = root.results("plan", "--all")
    assert set(planned.values()) == {"created"}
    assert planned.keys() >= {"platform", "luebeck", "moelln"}


def test_every_dedicated_service_of_the_six_partners_is_ready_in_a_space_of_its_own(
    estate: EstateRoot, admin: KubeApi
) -> None:
    found = admin.list_all("/apis/apps/v1/deployments", label_selector="app.kubernetes.io/managed-by=kogge")
    ready = {d["metadata"]["namespace"]: (d["status"].get("readyReplicas"), d["spec"]["replicas"]) for d in found}
    assert set(ready) >= SPACES
    assert all(ready[space] == (2, 2) for space in SPACES)


def test_a_space_holds_everything_that_isolates_it(estate: EstateRoot, admin: KubeApi) -> None:
    base = "/namespaces/segeberg--onlineformulare"
    labels = admin.get(f"/api/v1{base}")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = {
        p["metadata"]["name"]: p["spec"] for p in admin.list_all(f"/apis/networking.k8s.io/v1{base}/networkpolicies")
    }
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert "grant-of-it-allianz-nord--digitaler-zwilling" in policies
    hard = admin.get(f"/api/v1{base}/resourcequotas/space")["spec"]["hard"]
    assert (hard["services.nodeports"], hard["services.loadbalancers"]) == ("0", "0")


def test_a_second_run_skips_every_stack_and_a_forced_one_changes_nothing(estate: EstateRoot) -> None:
    # Tests before this one brought tenants and took them away: what the platform knows of them goes with the first run.
    assert "failed" not in estate.results("up", "--all").values()
    assert set(estate.results("up", "--all").values()) == {"skipped"}
    assert set(estate.results("up", "--all", "--force").values()) == {"unchanged"}


def test_the_bare_pulumi_cli_sees_no_change_after_kogge(estate: EstateRoot) -> None:
    for stack in ("platform", "moelln", "it-allianz-nord"):
        done = estate.pulumi(stack, "preview", "--expect-no-changes")
        assert done.returncode == 0, done.stdout + done.stderr


def test_kogge_sees_no_change_after_the_bare_pulumi_cli_and_both_leave_the_same_state(
    estate: EstateRoot, tenant: Tenant
) -> None:
    tenant("breitenfelde")
    assert estate.results("up", "breitenfelde")["breitenfelde"] == "created"
    by_kogge = estate.export("breitenfelde")
    assert estate.pulumi("breitenfelde", "state", "unprotect", "--all", "--yes").returncode == 0
    assert estate.pulumi("breitenfelde", "destroy", "--yes", "--skip-preview").returncode == 0
    assert estate.pulumi("breitenfelde", "stack", "rm", "--yes").returncode == 0
    assert estate.pulumi("breitenfelde", "stack", "init", "breitenfelde").returncode == 0
    bare = estate.pulumi("breitenfelde", "up", "--yes", "--skip-preview")
    assert bare.returncode == 0, bare.stdout + bare.stderr
    assert estate.results("plan", "breitenfelde")["breitenfelde"] == "unchanged"
    by_cli = estate.export("breitenfelde")
    assert {r["urn"]: _comparable(r) for r in by_kogge} == {r["urn"]: _comparable(r) for r in by_cli}


def _comparable(resource: dict[str, object]) -> dict[str, object]:
    """Return what must not depend on who ran Pulumi; a provider reference ends in a random id."""
    provider = re.sub(r"::[0-9a-f-]{36}$", "", str(resource.get("provider", "")))
    fields = {name: resource.get(name) for name in ("parent", "inputs", "protect", "deletedWith")}
    return {**fields, "provider": provider}


def test_what_an_operator_scaled_within_bounds_survives_a_new_version(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant
) -> None:
    path = tenant("gudow")
    path.write_text(path.read_text().replace('version: "2.4"', 'version: "2.3"'))
    assert estate.results("up", "gudow")["gudow"] == "created"
    deployment = "/apis/apps/v1/namespaces/gudow--terminvergabe/deployments/terminvergabe"
    admin.patch(f"{deployment}/scale", {"spec": {"replicas": 3}})
    assert estate.results("up", "gudow", "--force")["gudow"] == "unchanged"
    path.write_text(path.read_text().replace('version: "2.3"', 'version: "2.4"'))
    assert estate.results("up", "gudow")["gudow"] == "updated"
    assert admin.get(deployment)["spec"]["replicas"] == 3


def test_a_tenant_with_an_error_in_its_file_fails_alone(estate: EstateRoot) -> None:
    broken = estate.path / "tenants" / "broken.yaml"
    broken.write_text("name: broken\nstage: nonsense\n")
    try:
        results = estate.results("up", "--all")
    finally:
        broken.unlink()
    assert results.pop("broken") == "failed"
    assert "failed" not in results.values()


def test_a_freeze_holds_a_tenant_as_it_is_until_it_is_broken_on_purpose(estate: EstateRoot, tenant: Tenant) -> None:
    path = tenant("frozen")
    today = date.today().isoformat()  # noqa: DTZ011 (the day as the person at the terminal has it)
    path.write_text(path.read_text() + f"freezes: [{{from: {today}, until: {today}, why: council election}}]\n")
    done = estate.kogge("up", "frozen")
    assert (done.returncode, "council election" in done.stdout) == (0, True), done.stdout
    assert estate.results("plan", "frozen")["frozen"] == "created"
    assert estate.results("up", "frozen", "--break-freeze")["frozen"] == "created"
    assert estate.results("up", "frozen")["frozen"] == "skipped"


def test_a_run_names_the_other_stacks_that_a_grant_ties_to_the_tenant(estate: EstateRoot) -> None:
    done = estate.kogge("plan", "segeberg", "--force")
    assert "also it-allianz-nord: holds an end of a grant of segeberg" in done.stderr
    assert "herzogtum-lauenburg" not in done.stderr


def test_rendered_objects_pass_a_dry_run_of_the_real_apiserver(estate: EstateRoot) -> None:
    kubeconfig = estate.path / ".kogge/sandbox/hl1/kubeconfig/admin.yaml"
    for stack in ("platform", "segeberg", "it-allianz-nord"):
        rendered = estate.kogge("render", stack)
        assert rendered.returncode == 0
        done = subprocess.run(
            [
                "kubectl",
                "--kubeconfig",
                str(kubeconfig),
                "apply",
                "--server-side",
                "--force-conflicts",
                "--dry-run=server",
                "-f",
                "-",
            ],
            input=rendered.stdout,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
