"""What the documents of the seed estate's hosts say."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from pydantic import TypeAdapter

from kogge.derived import Derived, derived_values
from kogge.desired.hosts import LoginKeys, host_documents
from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.firewall import Opening, firewall_file
from kogge.desired.hosts.postgresql import Client, hba_text, settings_text
from kogge.desired.objects import HostDocument
from kogge.errors import KoggeError
from kogge.estate import require_estate
from kogge.estate.estate import Estate
from kogge.estate.models.values import Network
from tests.support.checkout import CHECKOUT

KEYS = LoginKeys(
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample operator",), ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINightly check",)
)


def network(text: str) -> Network:
    return TypeAdapter(Network).validate_python(text)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return require_estate(CHECKOUT, as_of=date(2026, 11, 24))


@pytest.fixture(scope="module")
def documents(estate: Estate) -> dict[tuple[str, str], HostDocument]:
    return {(d.host, str(d.role)): d for d in host_documents(estate, KEYS)}


def managed(document: HostDocument) -> dict[str, dict[str, str]]:
    return {file["path"]: file for group in document.content["files"].values() for file in group}


def test_every_host_has_a_baseline_and_the_database_hosts_a_database(
    documents: dict[tuple[str, str], HostDocument],
) -> None:
    assert sorted(host for host, role in documents if role == "baseline") == [
        "backup1",
        "db1",
        "db2",
        "edge1",
        "edge2",
        "vpn1",
    ]
    assert sorted(host for host, role in documents if role == "database") == ["db1", "db2"]


def test_baselines_come_before_databases(estate: Estate) -> None:
    roles = [str(document.role) for document in host_documents(estate, KEYS)]
    assert roles == ["baseline"] * 6 + ["database"] * 2


def test_each_dedicated_service_with_a_database_has_one_where_its_tenant_lives(
    estate: Estate, documents: dict[tuple[str, str], HostDocument]
) -> None:
    placed = {
        database["name"]: host
        for (host, role), document in documents.items()
        if role == "database"
        for database in document.content["database"]["databases"]
    }
    assert placed["moelln--terminvergabe"] == estate.tenants["moelln"].placement.database_host
    for name, host in placed.items():
        assert estate.tenants[name.split("--")[0]].placement.database_host == host
    assert all(len(name.encode()) <= 63 for name in placed)


def test_a_shared_service_brings_its_user_no_database(documents: dict[tuple[str, str], HostDocument]) -> None:
    names = [
        database["name"]
        for (_, role), document in documents.items()
        if role == "database"
        for database in document.content["database"]["databases"]
    ]
    assert "moelln--digitaler-zwilling" not in names
    assert "it-allianz-nord--digitaler-zwilling" in names


def test_passwords_stand_in_a_document_by_name_alone(documents: dict[tuple[str, str], HostDocument]) -> None:
    document = documents["db1", "database"]
    secrets = derived_values(document.content["verifiers"])
    assert {str(secret.purpose) for secret in secrets} == {"database-password", "database-salt"}
    assert Derived("moelln", secrets[0].purpose, "terminvergabe") in secrets
    assert derived_values({key: value for key, value in document.content.items() if key != "verifiers"}) == ()


def test_each_role_connects_only_to_its_own_database_with_tls_and_scram() -> None:
    text = hba_text([Client("a--x", (network("10.244.0.0/16"),)), Client("b--x", (network("10.245.0.0/16"),))])
    rules = [line for line in text.splitlines() if not line.startswith("#")]
    assert rules == [
        "local all postgres peer",
        'local all "kogge-facts" peer',
        'local all "kogge-fence" peer',
        'local "a--x" "a--x" peer map=kogge-backup',
        'hostssl "a--x" "a--x" 10.244.0.0/16 scram-sha-256',
        'local "b--x" "b--x" peer map=kogge-backup',
        'hostssl "b--x" "b--x" 10.245.0.0/16 scram-sha-256',
    ]


def test_a_host_without_databases_lets_nobody_in_to_postgresql() -> None:
    assert "5432" not in firewall_file([Opening("postgresql", (), 5432)]).content


def test_only_a_database_host_opens_the_port_of_postgresql(documents: dict[tuple[str, str], HostDocument]) -> None:
    for (host, role), document in documents.items():
        if role == "baseline":
            ruleset = managed(document)["/etc/nftables.conf"]["content"]
            assert ("dport 5432" in ruleset) == host.startswith("db")
            assert "policy drop" in ruleset


def test_limits_of_postgresql_follow_from_the_machine_and_never_from_the_tenants() -> None:
    assert "max_connections = 409" in settings_text("4Gi")
    assert "shared_buffers = 1024MB" in settings_text("4Gi")
    assert "max_connections = 100\n" in settings_text("512Mi")


def test_sshd_takes_keys_alone_from_a_place_their_owner_cannot_write(
    documents: dict[tuple[str, str], HostDocument],
) -> None:
    files = managed(documents["edge1", "baseline"])
    everybody, forced = files["/etc/ssh/sshd_config"]["content"].split("Match User kogge-nightly\n")
    settings = dict(line.split(" ", 1) for line in everybody.splitlines())
    assert settings["PasswordAuthentication"] == "no"
    assert settings["AuthenticationMethods"] == "publickey"
    assert settings["AuthorizedKeysFile"] == "/etc/ssh/authorized_keys/%u"
    assert "Include" not in settings
    assert files["/etc/ssh/authorized_keys/kogge"]["content"] == f"{KEYS.operators[0]}\n"
    assert settings["AllowUsers"] == "kogge kogge-nightly"
    assert "  ForceCommand /usr/bin/sudo -n -- /opt/kogge-facts/facts\n" in forced
    assert "Match" not in forced


def test_the_key_of_the_nightly_check_opens_one_program_without_arguments(
    documents: dict[tuple[str, str], HostDocument],
) -> None:
    files = managed(documents["db1", "baseline"])
    assert files["/etc/ssh/authorized_keys/kogge-nightly"]["content"] == (
        f'restrict,command="/usr/bin/sudo -n -- /opt/kogge-facts/facts" {KEYS.nightly[0]}\n'
    )
    *_, rule = files["/etc/sudoers.d/kogge-nightly"]["content"].splitlines()
    assert rule == 'kogge-nightly ALL=(root:root) NOPASSWD: NOSETENV: /opt/kogge-facts/facts ""'
    assert not [path for path in files if path.startswith("/usr/local")], "a group may write there"


def test_the_question_of_a_host_stands_in_a_file_that_root_alone_reads(
    documents: dict[tuple[str, str], HostDocument],
) -> None:
    files = {**managed(documents["db1", "baseline"]), **managed(documents["db1", "database"])}
    questions = {path: files[path] for path in ("/etc/kogge-facts/question.json", "/etc/kogge-facts/database.json")}
    assert {(file["mode"], file["owner"]) for file in questions.values()} == {("0600", "root")}
    machine, database = (json.loads(file["content"]) for file in questions.values())
    assert database["port"] == 5432
    assert set(machine["managed"]) == set(files)
    assert not {*questions, "/opt/kogge-facts/facts"} & set(machine["told"])


def test_a_new_partner_changes_nothing_in_what_the_check_asks_of_the_machine(estate: Estate) -> None:
    from dataclasses import replace

    fewer = replace(estate, tenants={name: tenant for name, tenant in estate.tenants.items() if name != "moelln"})
    before, after = ({(d.host, str(d.role)): d for d in host_documents(given, KEYS)} for given in (fewer, estate))
    assert before["db1", "database"] != after["db1", "database"]
    assert before["db1", "baseline"] == after["db1", "baseline"]


def test_without_a_nightly_identity_nothing_of_it_is_on_a_host(estate: Estate) -> None:
    from dataclasses import replace

    access = estate.platform.host_access
    assert access is not None
    alone = estate.platform.model_copy(update={"host_access": access.model_copy(update={"nightly": None})})
    document = next(iter(host_documents(replace(estate, platform=alone), KEYS)))
    assert not [path for path in managed(document) if "kogge-nightly" in path or "kogge-facts" in path]
    assert "Match" not in managed(document)["/etc/ssh/sshd_config"]["content"]


def test_no_two_roles_of_a_host_own_the_same_file(documents: dict[tuple[str, str], HostDocument]) -> None:
    first, second = managed(documents["db1", "baseline"]), managed(documents["db1", "database"])
    assert not set(first) & set(second)


def test_every_mode_is_four_octal_digits_and_lets_nobody_else_write(
    documents: dict[tuple[str, str], HostDocument],
) -> None:
    for document in documents.values():
        for file in managed(document).values():
            assert re.fullmatch(r"0[0-7]{3}", file["mode"])
            assert int(file["mode"], 8) & 0o022 == 0


def test_the_same_files_give_the_same_documents(estate: Estate) -> None:
    assert host_documents(estate, KEYS) == host_documents(estate, KEYS)


def test_hosts_without_a_way_in_are_an_error_with_the_next_step(estate: Estate) -> None:
    from dataclasses import replace

    lost = replace(estate, platform=estate.platform.model_copy(update={"host_access": None}))
    with pytest.raises(KoggeError, match="no host_access") as raised:
        host_documents(lost, KEYS)
    assert "ssh" in str(raised.value.hint)


def test_a_managed_file_is_plain_json() -> None:
    assert ManagedFile("/etc/x", "y\n").document() == {
        "path": "/etc/x",
        "content": "y\n",
        "mode": "0644",
        "owner": "root",
        "group": "root",
    }
