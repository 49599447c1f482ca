"""A host that an earlier release made: this code finds on it what it wants, and changes nothing.

The release's own playbooks and documents (see ``tests/support/earlier_release.py``) make the host. Who changes on
purpose what such a host has adds a migration; any other change is a mistake.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from kogge.estate import require_estate
from kogge.hostrun import EventKind, HostEvent, RoleDocument, open_access
from kogge.hostrun.run import environment, write_documents
from kogge.keyring import Keyring
from kogge.scram import salt_of, verifier
from sandbox.controlplane import identities
from sandbox.controlplane.state import State
from sandbox.hosts import fleet
from tests.support.earlier_release import AUTHORIZED_KEY, RELEASES, EarlierRelease, MasterKeys, release_name
from tests.support.estate_root import EstateRoot
from tests.support.fleet_under_test import AS_OF, FleetUnderTest, record_verifiers
from tests.support.migration import Change, Migration, surprises

pytestmark = pytest.mark.hosts

HOST: Final = "db1"
MIGRATIONS: Final = (
    # The check has an identity of its own, which starts one program.
    Migration(12, "ddc8d7f", ("baseline", "Make the account of the nightly check")),
    Migration(12, "ddc8d7f", ("baseline", "Let the account of Kogge become root")),
    Migration(12, "ddc8d7f", ("baseline", "Keep its program and question in directories of root alone")),
    Migration(12, "ddc8d7f", ("baseline", "Install its program, and what it is asked")),
    Migration(12, "ddc8d7f", ("baseline", "Configure sshd")),
    Migration(12, "ddc8d7f", ("baseline", "Confirm sshd")),
    Migration(12, "ddc8d7f", ("baseline", "Write what is audited")),
    # Roles that are weak inside a tenant's database, and the way of the account that backs up (decision 0036).
    Migration(12, "ddc8d7f", ("database", "Write what the nightly check asks of it")),
    Migration(12, "ddc8d7f", ("database", "Make the accounts that come in by the local socket")),
    Migration(12, "ddc8d7f", ("database", "Configure PostgreSQL")),
    Migration(12, "ddc8d7f", ("database", "Serve the tenants' databases")),
)
"""Changes are role and task."""


@dataclass(frozen=True)
class Made:
    """A database host as a release left it."""

    release: str
    fleet: FleetUnderTest

    def changes(self, *, check: bool) -> list[Change]:
        """Run this code's documents, or with ``check`` ask what that would change."""
        seen: list[Change] = []

        def note(event: HostEvent) -> None:
            if event.changed and event.kind is EventKind.OK:
                seen.append((event.role, event.task))

        summary = self.fleet.converge(hosts=[HOST], check=check, progress=note)
        assert summary.ok, summary.results
        assert {(result.host, result.role) for result in summary.results} == {(HOST, "baseline"), (HOST, "database")}
        return seen


@pytest.fixture(scope="module", params=RELEASES, ids=release_name)
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    root = EstateRoot(tmp_path_factory.mktemp("upgrade") / "root")
    release = EarlierRelease.read(request.param)
    release.lay(root.path)
    state = State(root.path / ".kogge" / "sandbox")
    state.identities.mkdir(parents=True)
    identities.ensure(state)
    keys = release.make_keys(root)
    estate = require_estate(root.path, as_of=AS_OF)
    directory = state.directory / "hosts"
    try:
        plan = fleet.up(estate.platform, directory, only=[HOST])
        found = FleetUnderTest(root.path, estate, Keyring(estate), plan)
        converge(release, keys, found, tmp_path_factory.mktemp("release"))
        record_verifiers(found)
        yield Made(release.name, found)
    finally:
        fleet.down(directory)


def converge(release: EarlierRelease, keys: MasterKeys, found: FleetUnderTest, place: Path) -> None:
    """Run the release's playbooks with its documents."""
    for name, text in release.playbooks.items():
        path = place / "playbooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_documents(place, open_access(found.estate), documents(release, keys, found))
    given = environment(place, place / "events") | {"ANSIBLE_CONFIG": str(place / "playbooks" / "ansible.cfg")}
    del given["ANSIBLE_CALLBACK_PLUGINS"]
    for role in release.hosts[HOST]:
        words = ["ansible-playbook", "-i", str(place / "inventory.json"), "-l", HOST, f"{place}/playbooks/{role}.yml"]
        done = subprocess.run(words, env=given, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def documents(release: EarlierRelease, keys: MasterKeys, found: FleetUnderTest) -> list[RoleDocument]:
    """Return the release's documents as it sent them to the host: verifiers instead of passwords."""
    key = (found.plan.access / "authorized_keys").read_text(encoding="utf-8").strip()
    made = []
    for role, content in release.hosts[HOST].items():
        document = json.loads(keys.filled(json.dumps(content).replace(AUTHORIZED_KEY, key)))
        for name, entry in document.get("verifiers", {}).items():
            # Under a key of its own as long as documents had no type.
            secrets = entry.get("scram", entry)
            document["verifiers"][name] = verifier(secrets["password"], salt_of(secrets["salt"]))
        made.append(RoleDocument(HOST, role, document))
    return made


def test_a_plan_shows_nothing_but_the_migrations(before: Made) -> None:
    assert surprises(MIGRATIONS, before.release, before.changes(check=True)) == (set(), set())


def test_the_first_up_does_nothing_but_the_migrations_and_the_check_is_content(before: Made) -> None:
    assert surprises(MIGRATIONS, before.release, before.changes(check=False)) == (set(), set())
    judged = before.fleet.drift(hosts=[HOST])
    assert (judged.findings, judged.unknown) == ((), ())
