"""How long a database host takes: a run without changes, one with one tenant more, the first creation.

Three databases per tenant. ``KOGGE_BENCH_TENANTS`` names the sizes (default ``10 100 1000``; a thousand tenants take
23 GB of disk). ``KOGGE_BENCH_COLLECTIONS`` names a directory with ``ansible_collections/community/postgresql`` for the
comparison with a playbook that loops.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kogge.deploy.hosts.roles import filled_document
from kogge.deploy.keys import ensure_key
from kogge.desired.hosts import host_documents
from kogge.estate import require_estate
from kogge.estate.estate import PLATFORM, Estate
from kogge.estate.models.tenant import Tenant
from kogge.hostrun import Outcome, RoleDocument, authorized_keys, open_access, run
from kogge.hostrun.inventory import inventory, ssh_config
from kogge.keyring import Keyring
from sandbox.hosts import fleet
from sandbox.hosts.requirements import unfit
from tests.support.fleet_under_test import AS_OF, make_root

SERVICES = ("onlineformulare", "ratsinformation", "terminvergabe")
SIZES = [int(size) for size in os.environ.get("KOGGE_BENCH_TENANTS", "10 100 1000").split()]
LOOPED_TENANTS = 20
BYTES_PER_DATABASE = 9 * 2**20
"""An empty database takes 7.5 MB, and the log its share."""

pytestmark = pytest.mark.skipif(unfit(sys.platform, os.geteuid()) is not None, reason="needs root on Linux")


class Bench:
    """One database host and estates of any size for it."""

    def __init__(self, root: Path) -> None:
        self.estate = require_estate(make_root(root), as_of=AS_OF)
        fleet.up(self.estate.platform, root / ".kogge/sandbox/hosts", only=["db1"])
        self.keyring = Keyring(self.estate)
        ensure_key(self.estate, self.keyring, PLATFORM)

    def sized(self, count: int) -> Estate:
        seed = self.estate.tenants["luebeck"]
        tenants = {name: self._tenant(seed, name) for name in (f"t{number:04d}" for number in range(count))}
        return replace(self.estate, tenants=tenants, grants=())

    def _tenant(self, seed: Tenant, name: str) -> Tenant:
        ensure_key(self.estate, self.keyring, name)
        placement = seed.placement.model_copy(update={"database_host": "db1"})
        services = tuple(seed.services[0].model_copy(update={"use": use, "provider": None}) for use in SERVICES)
        return seed.model_copy(update={"name": name, "placement": placement, "services": services, "size": "s"})

    def documents(self, estate: Estate, *roles: str) -> list[RoleDocument]:
        every = host_documents(estate, authorized_keys(self.estate))
        return [filled_document(d, self.keyring) for d in every if d.host == "db1" and d.role in roles]

    def apply(self, estate: Estate, *roles: str, expect: Outcome | None = None) -> float:
        """Return the seconds of a run, the filling in of secrets included."""
        began = time.monotonic()
        summary = run(open_access(self.estate), self.documents(estate, *roles))
        seconds = time.monotonic() - began
        assert summary.ok, summary.results
        if expect is not None:
            assert {result.outcome for result in summary.results} == {expect}, summary.results
        return seconds


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = tmp_path_factory.mktemp("bench")
    found = Bench(root)
    found.apply(found.sized(0), "baseline", "database")
    yield found
    fleet.down(root / ".kogge/sandbox/hosts")


def test_time_grows_slower_than_tenants(bench: Bench) -> None:
    unchanged: dict[int, float] = {}
    present = 0
    print(f"\n{os.cpu_count()} cores")
    for size in SIZES:
        needed = 3 * size * BYTES_PER_DATABASE
        if shutil.disk_usage(bench.estate.root).free < needed:
            print(f"{size:>5} tenants: left out, they need {needed // 2**30} GB of disk")
            continue
        created = bench.apply(bench.sized(size), "database", expect=Outcome.CHANGED)
        unchanged[size] = bench.apply(bench.sized(size), "database", expect=Outcome.CLEAN)
        added = bench.apply(bench.sized(size + 1), "database", expect=Outcome.CHANGED)
        each = (created - unchanged[size]) / (3 * (size - present)) * 1000
        print(
            f"{size:>5} tenants ({3 * size} databases): first run {created:6.1f} s ({each:.0f} ms per database), "
            f"no change {unchanged[size]:5.1f} s, one tenant more {added:5.1f} s"
        )
        present = size + 1
    least, most = min(unchanged), max(unchanged)
    print(f"no change at {most} tenants: {unchanged[most] / unchanged[least]:.1f} x {least} tenants")
    assert unchanged[most] <= 3 * unchanged[least]


LOOP = """
- hosts: db1
  gather_facts: false
  become: true
  become_user: postgres
  tasks:
    - community.postgresql.postgresql_user: {name: "{{ item }}", password: "{{ verifiers[item] }}", conn_limit: 20}
      loop: "{{ verifiers | list }}"
      no_log: true
    - community.postgresql.postgresql_db: {name: "{{ item }}", owner: "{{ item }}", conn_limit: "22"}
      loop: "{{ verifiers | list }}"
    - community.postgresql.postgresql_privs:
        {db: postgres, type: database, objs: "{{ item }}", roles: PUBLIC, privs: ALL, state: absent}
      loop: "{{ verifiers | list }}"
"""


def test_one_module_beats_a_playbook_that_loops(bench: Bench, tmp_path: Path) -> None:
    collections = os.environ.get("KOGGE_BENCH_COLLECTIONS")
    if collections is None:
        pytest.skip(
            "KOGGE_BENCH_COLLECTIONS names no directory with community.postgresql (it comes with PyPI's ansible)"
        )
    estate = bench.sized(LOOPED_TENANTS)
    bench.apply(estate, "database")
    ours = bench.apply(estate, "database")
    verifiers = bench.documents(estate, "database")[0].content["verifiers"]
    access = open_access(bench.estate)
    (tmp_path / "site.yml").write_text(LOOP, encoding="utf-8")
    (tmp_path / "vars.json").write_text(json.dumps({"verifiers": verifiers}), encoding="utf-8")
    (tmp_path / "inventory.json").write_text(json.dumps(inventory(access, tmp_path)), encoding="utf-8")
    (tmp_path / "ssh").write_text(ssh_config(access, Path("/tmp")), encoding="utf-8")  # noqa: S108 (sockets are short)
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_SSH_ARGS": f"-F {tmp_path / 'ssh'}",
        "ANSIBLE_PIPELINING": "True",
    }
    words = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        "inventory.json",
        "-e",
        "@vars.json",
        "site.yml",
    ]
    began = time.monotonic()
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200)
    looped = time.monotonic() - began
    assert done.returncode == 0, done.stdout[-2000:]
    print(f"\n{LOOPED_TENANTS} tenants, no change: {ours:.1f} s, looped {looped:.1f} s: {looped / ours:.1f} x")
    assert looped > ours
