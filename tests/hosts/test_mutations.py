"""Everything an intruder or a hurried colleague may change, found with its class; and silence when nobody did.

Changes that do not touch each other are made together, so that one look at a host finds all of them; it must find them
and nothing else.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

MUTATIONS = Path(__file__).with_name("mutations")


class Batch(NamedTuple):
    """A file of ``mutations/`` and the role that reports most of it."""

    name: str
    role: str


BATCHES = {
    "edge1": (Batch("files", "baseline"), Batch("packages", "baseline"), Batch("system", "baseline")),
    "db1": (Batch("database", "database"), Batch("inside", "database")),
}
"""What is changed on which host, all of it at once."""


@dataclass(frozen=True)
class Mutation:
    """One change of ``mutations/``."""

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


def read(batch: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((MUTATIONS / f"{batch}.yaml").read_text(encoding="utf-8"))
    return found


def mutations(host: str) -> list[Mutation]:
    """Return every change that is made on a host."""
    return [
        Mutation(
            row["change"],
            row.get("role", batch.role),
            row["item"],
            row.get("path", ""),
            row["class"],
            row.get("database", ""),
            row.get("undo", ""),
        )
        for batch in BATCHES[host]
        for row in read(batch.name)["mutations"]
    ]


def companions(host: str) -> list[str]:
    """Return what the changes on a host bring with them: ``<item> <beginning of the path>``."""
    return [known for batch in BATCHES[host] for known in read(batch.name).get("companions", ())]


@pytest.mark.parametrize("host", sorted(BATCHES))
def test_every_mutation_is_found_with_its_class_and_the_next_run_mends_what_is_ours(
    hosts: FleetUnderTest, host: str
) -> None:
    changes = mutations(host)
    assert hosts.seen(host) == {}
    made: list[Mutation] = []
    try:
        for mutation in changes:
            mutation.run(hosts, host, mutation.change)
            made.append(mutation)
        found = hosts.seen(host, programs=True)
    finally:
        for mutation in made:
            if mutation.undo:
                mutation.run(hosts, host, mutation.undo)
        mended = hosts.converge(hosts=[host])
    surplus = [
        " ".join(key[1:])
        for key in found
        if not any(mutation.reported({key: found[key]}) for mutation in changes)
        and not any(" ".join(key[1:]).startswith(known) for known in companions(host))
    ]
    unseen = [mutation.change for mutation in changes if not mutation.reported(found)]
    assert unseen == []
    assert surplus == []
    assert mended.ok, [result.message for result in mended.results]
    assert hosts.seen(host, programs=True) == {}


def test_ten_looks_at_untouched_hosts_are_silent(hosts: FleetUnderTest) -> None:
    for number in range(10):
        seen = hosts.drift(programs=number == 0)
        assert (seen.findings, seen.unknown) == ((), ())


def test_both_witnesses_are_silent_on_untouched_hosts(hosts: FleetUnderTest) -> None:
    seen, checked = hosts.drift(programs=True), hosts.converge(check=True)
    assert (seen.findings, seen.unknown) == ((), ())
    assert (checked.ok, checked.changed) == (True, False)


def test_a_check_run_sees_what_no_fact_asks_for(hosts: FleetUnderTest) -> None:
    """A certificate for another address: no fact asks for it, the role would make it anew."""
    certificate = "/etc/postgresql/15/main/kogge.crt"
    hosts.sh(
        "db1",
        f"cp -p {certificate} /root/kept; openssl req -x509 -key /etc/postgresql/15/main/kogge.key -days 90 "
        f"-subj /CN=other -addext subjectAltName=IP:192.0.2.9 -out {certificate} 2>/dev/null",
    )
    try:
        results = hosts.converge(check=True, hosts=["db1"]).results
        assert {task for result in results for task in result.changed_tasks} == {"Make the certificate of PostgreSQL"}
    finally:
        hosts.sh("db1", f"cp -p /root/kept {certificate}; rm /root/kept")


def test_what_this_machine_kind_cannot_run_is_said_and_not_called_drift(hosts: FleetUnderTest) -> None:
    said = hosts.drift(hosts=["edge1"]).not_verifiable
    assert "edge1: unit auditd.service" in said
    assert "edge1: unit systemd-timesyncd.service" in said
