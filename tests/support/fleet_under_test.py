"""The sandbox hosts of the tests: an estate of their own, a way into each host, a place where a pod would be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kogge.deploy.hosts.roles import apply_roles, check_roles
from kogge.derived import Purpose, derived_values, verifier_of
from kogge.desired.hosts import host_documents
from kogge.estate import require_estate
from kogge.estate.estate import PLATFORM, Estate
from kogge.estate.models.tenant import Stage
from kogge.findings import HostRef, Judgement
from kogge.hostrun import HostRunSummary, authorized_keys
from kogge.hostrun.run import Progress
from kogge.keyring import Keyring
from kogge.nightly.hosts import check_hosts
from sandbox.controlplane import identities
from sandbox.controlplane.state import State
from sandbox.hosts import fleet
from sandbox.hosts.network import ip, namespace_path
from sandbox.hosts.plan import HUB_BRIDGE, FleetPlan
from tests.support.checkout import CHECKOUT

AS_OF = date(2026, 11, 24)
HOSTS = ("db1", "edge1")
POD_ADDRESS = "10.244.3.7"


@dataclass(frozen=True)
class FleetUnderTest:
    """Two hosts, one of each kind: a database host and one that has its baseline alone."""

    root: Path
    estate: Estate
    keyring: Keyring
    plan: FleetPlan

    @property
    def ssh_config(self) -> Path:
        return self.plan.access / "config"

    @property
    def pod(self) -> str:
        return f"{self.plan.hub}-pod"

    def machine_root(self, host: str) -> Path:
        return next(machine.root for machine in self.plan.machines if machine.name == host)

    def sh(self, host: str, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell script on ``host`` as root."""
        words = ["ssh", "-F", str(self.ssh_config), host, "sudo", "sh", "-e", "-s"]
        return subprocess.run(words, input=script, capture_output=True, text=True, timeout=60, check=check)

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run SQL on db1 as its superuser."""
        words = ["ssh", "-F", str(self.ssh_config), "db1", "sudo", "-u", "postgres", "psql", "-XqtA"]
        words += ["-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
        return subprocess.run(
            words, input=statements, capture_output=True, text=True, timeout=60, check=True
        ).stdout.strip()

    def at_stage(self, tenant: str, stage: Stage) -> FleetUnderTest:
        """Return the same hosts with an estate in which a tenant is at another stage of its life."""
        moved = self.estate.tenants[tenant].model_copy(update={"stage": stage})
        return replace(self, estate=replace(self.estate, tenants={**self.estate.tenants, tenant: moved}))

    def with_database_size(self, size: str) -> FleetUnderTest:
        """Return the same hosts with an estate in which the databases of every plan may take ``size``."""
        plans = {
            name: plan.model_copy(update={"database": plan.database.model_copy(update={"size": size})})
            for name, plan in self.estate.platform.plans.items()
        }
        platform = self.estate.platform.model_copy(update={"plans": plans})
        return replace(self, estate=replace(self.estate, platform=platform))

    def converge(
        self, *, check: bool = False, hosts: Collection[str] = HOSTS, progress: Progress | None = None
    ) -> HostRunSummary:
        """Apply every document of ``hosts``, or with ``check`` say what that would change."""
        every = host_documents(self.estate, authorized_keys(self.estate))
        documents = [document for document in every if document.host in hosts]
        if check:
            return check_roles(self.estate, self.keyring, documents, progress=progress)
        return apply_roles(self.estate, self.keyring, documents, progress=progress)

    def drift(self, *, programs: bool = False, hosts: Collection[str] = HOSTS) -> Judgement:
        return check_hosts(self.estate, hosts=hosts, programs=programs)

    def seen(self, host: str = "db1", *, programs: bool = False) -> dict[tuple[str, str, str], str]:
        """Return class by role, item and path, of every finding on ``host``; ``programs`` costs seconds."""
        return {
            (f.where.role, f.where.item, f.path): str(f.classification)
            for f in self.drift(hosts=[host], programs=programs).findings
            if isinstance(f.where, HostRef)
        }

    def answers(self, namespace: str, address: str, port: int) -> bool:
        """Tell whether a TCP port lets somebody in who comes out of a network namespace."""
        probe = f"import socket; socket.create_connection(('{address}', {port}), 1).close()"
        words = ["ip", "netns", "exec", namespace, "python3", "-I", "-S", "-c", probe]
        return subprocess.run(words, capture_output=True, timeout=20).returncode == 0

    def connect_from(
        self, namespace: str, user: str, database: str, password: str, *, options: str = "", sql: str = "SELECT 1"
    ) -> subprocess.CompletedProcess[str]:
        """Connect to db1 with psql out of a network namespace; libpq asks for TLS unless ``options`` say otherwise."""
        target = f"host=10.250.0.11 user={user} dbname={database} connect_timeout=3 {options or 'sslmode=require'}"
        words = ["ip", "netns", "exec", namespace, "chroot", str(self.machine_root("db1"))]
        words += ["psql", "-XqtA", target, "-c", sql]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PGPASSWORD": password, "LC_ALL": "C.UTF-8"}
        return subprocess.run(words, capture_output=True, text=True, timeout=330, env=environment)


def make_root(root: Path) -> Path:
    """Lay a data root with the seed estate and identities of its own."""
    for name in ("tenants", "catalogue"):
        shutil.copytree(CHECKOUT / name, root / name, dirs_exist_ok=True)
    shutil.copy(CHECKOUT / "platform.yaml", root / "platform.yaml")
    state = State(root / ".kogge" / "sandbox")
    state.identities.mkdir(parents=True, exist_ok=True)
    identities.ensure(state)
    return root


def start(root: Path) -> FleetUnderTest:
    """Boot the hosts of a data root and make a master key for every tenant."""
    make_root(root)
    estate = require_estate(root, as_of=AS_OF)
    keyring = Keyring(estate)
    for owner in (PLATFORM, *estate.tenants):
        if not keyring.has(owner):
            keyring.create(owner, has_stack=False)
    # One starts with nothing of its roles, one as an image of a provider would have it.
    plan = fleet.up(estate.platform, root / ".kogge" / "sandbox" / "hosts", only=HOSTS, bare=["db1"])
    found = FleetUnderTest(root, estate, keyring, plan)
    record_verifiers(found)
    add_pod(found)
    return found


def record_verifiers(found: FleetUnderTest) -> None:
    """Write the digests by which a check without a key knows the roles' passwords, as an apply of each tenant does."""
    documents = host_documents(found.estate, authorized_keys(found.estate))
    secrets = [secret for document in documents for secret in derived_values(document.content)]
    for tenant in found.estate.tenants:
        roles = (s for s in secrets if s.owner == tenant and s.purpose is Purpose.DATABASE_PASSWORD)
        found.keyring.record(tenant, [verifier_of(tenant, role.service) for role in roles])


def add_pod(found: FleetUnderTest) -> None:
    """Make a namespace on the hosts' link that has the address of a pod."""
    if namespace_path(found.pod).exists():
        return
    hub = found.plan.hub
    ip("netns", "add", found.pod)
    ip("-n", hub, "link", "add", "pod", "type", "veth", "peer", "name", "eth0", "netns", found.pod)
    ip("-n", hub, "link", "set", "pod", "master", HUB_BRIDGE, "up")
    ip("-n", found.pod, "address", "add", f"{POD_ADDRESS}/16", "dev", "eth0")
    ip("-n", found.pod, "link", "set", "eth0", "up")
    ip("-n", found.pod, "route", "add", str(found.plan.lan), "dev", "eth0")
