"""Everything an intruder or a hurried colleague may change, found with its class; and silence when nobody did.

Changes that do not touch each other are made together, so that one look at a host finds all of them; it must find them
and nothing else.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kogge.findings import HostRef
from tests.hosts.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts


@dataclass(frozen=True)
class Mutation:
    """A line of ``mutations.yaml``."""

    change: str
    role: str
    item: str
    path: str
    classification: str
    database: str
    undo: str

    def run(self, hosts: FleetUnderTest, host: str, text: str) -> None:
        try:
            if self.database:
                hosts.sql(text, self.database)
            else:
                hosts.sh(host, text)
        except subprocess.CalledProcessError as error:
            pytest.fail(f"{text}: {error.stderr}")

    def reported(self, found: dict[tuple[str, str, str], str]) -> bool:
        """Tell whether a finding of the right class, role, item and path is there."""
        return any(
            (role, item, kind) == (self.role, self.item, self.classification)
            and (path == self.path or (self.path.endswith("/") and path.startswith(self.path)))
            for (role, item, path), kind in found.items()
        )


def mutations(batch: str) -> list[Mutation]:
    rows = yaml.safe_load(Path(__file__).with_name("mutations.yaml").read_text(encoding="utf-8"))[batch]
    return [
        Mutation(r["change"], r["role"], r["item"], r["path"], r["class"], r.get("database", ""), r.get("undo", ""))
        for r in rows
    ]


def companions() -> list[str]:
    """Return what a mutation brings with it: ``<item> <beginning of the path>``."""
    found: list[str] = yaml.safe_load(Path(__file__).with_name("mutations.yaml").read_text(encoding="utf-8"))[
        "companions"
    ]
    return found


@pytest.mark.parametrize(("batch", "host"), [("system", "edge1"), ("database", "db1")])
def test_every_mutation_is_found_with_its_class_and_the_next_run_mends_what_is_ours(
    hosts: FleetUnderTest, batch: str, host: str
) -> None:
    changes = mutations(batch)
    assert hosts.seen(host) == {}
    made: list[Mutation] = []
    try:
        for mutation in changes:
            mutation.run(hosts, host, mutation.change)
            made.append(mutation)
        found = hosts.seen(host)
    finally:
        for mutation in made:
            if mutation.undo:
                mutation.run(hosts, host, mutation.undo)
        mended = hosts.converge(hosts=[host])
    surplus = [
        " ".join(key[1:])
        for key in found
        if not any(mutation.reported({key: found[key]}) for mutation in changes)
        and not any(" ".join(key[1:]).startswith(known) for known in companions())
    ]
    unseen = [mutation.change for mutation in changes if not mutation.reported(found)]
    assert unseen == []
    assert surplus == []
    assert mended.ok, [result.message for result in mended.results]
    assert hosts.seen(host) == {}


def test_ten_looks_at_untouched_hosts_are_silent(hosts: FleetUnderTest) -> None:
    for _ in range(10):
        seen = hosts.drift()
        assert (seen.findings, seen.unknown) == ((), ())


def test_both_witnesses_are_silent_on_untouched_hosts(hosts: FleetUnderTest) -> None:
    seen = hosts.drift(witness=True)
    assert (seen.findings, seen.unknown) == ((), ())


def test_what_only_the_check_run_sees_is_a_finding_too(hosts: FleetUnderTest) -> None:
    """A certificate for another address: no fact asks for it, the role would make it anew."""
    certificate = "/etc/postgresql/15/main/kogge.crt"
    hosts.sh(
        "db1",
        f"cp -p {certificate} /root/kept; openssl req -x509 -key /etc/postgresql/15/main/kogge.key -days 90 "
        f"-subj /CN=other -addext subjectAltName=IP:192.0.2.9 -out {certificate} 2>/dev/null",
    )
    try:
        seen = hosts.drift(witness=True, hosts=["db1"]).findings
        where = [finding.where for finding in seen if isinstance(finding.where, HostRef)]
        assert [(ref.role, ref.item) for ref in where] == [("database", "Make the certificate of PostgreSQL")]
    finally:
        hosts.sh("db1", f"cp -p /root/kept {certificate}; rm /root/kept")


def test_what_this_machine_kind_cannot_run_is_said_and_not_called_drift(hosts: FleetUnderTest) -> None:
    said = hosts.drift(hosts=["edge1"]).not_verifiable
    assert "edge1: unit auditd.service" in said
    assert "edge1: unit systemd-timesyncd.service" in said
