"""What the hosts do, seen from outside and by testinfra: none of it asks the roles what they meant to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
import testinfra
from testinfra.host import Host

from kogge.derived import Derived, Purpose
from tests.support.fleet_under_test import FleetUnderTest

pytestmark = pytest.mark.hosts

LUEBECK = "luebeck--terminvergabe"
MOELLN = "moelln--terminvergabe"


@pytest.fixture(params=["db1", "edge1"])
def machine(request: pytest.FixtureRequest, hosts: FleetUnderTest) -> Host:
    return testinfra.get_host(f"ssh://{request.param}", ssh_config=str(hosts.ssh_config), sudo=True)


@pytest.fixture
def password(hosts: FleetUnderTest) -> Callable[[str], str]:
    def derive(role: str) -> str:
        tenant, service = role.split("--")
        return hosts.keyring.derive(Derived(tenant, Purpose.DATABASE_PASSWORD, service))

    return derive


def test_a_service_reaches_its_database_with_the_derived_password(
    hosts: FleetUnderTest, password: Callable[[str], str]
) -> None:
    done = hosts.connect_from(
        hosts.pod, MOELLN, MOELLN, password(MOELLN), sql="SELECT current_user, ssl FROM pg_stat_ssl"
    )
    assert done.stdout.startswith(f"{MOELLN}|t"), done.stderr


def test_a_role_cannot_enter_the_database_of_another_tenant(
    hosts: FleetUnderTest, password: Callable[[str], str]
) -> None:
    done = hosts.connect_from(hosts.pod, MOELLN, LUEBECK, password(MOELLN))
    assert "no pg_hba.conf entry" in done.stderr


def test_the_catalog_refuses_a_stranger_even_where_pg_hba_would_not(hosts: FleetUnderTest) -> None:
    asked = f"SELECT has_database_privilege('{MOELLN}', '{LUEBECK}', 'CONNECT')"
    assert hosts.sql(asked) == "f"


def test_a_wrong_password_is_refused(hosts: FleetUnderTest) -> None:
    assert "password authentication failed" in hosts.connect_from(hosts.pod, MOELLN, MOELLN, "wrong").stderr


def test_a_connection_without_tls_is_refused(hosts: FleetUnderTest, password: Callable[[str], str]) -> None:
    done = hosts.connect_from(hosts.pod, MOELLN, MOELLN, password(MOELLN), options="sslmode=disable")
    assert "no encryption" in done.stderr


def test_the_database_does_not_answer_from_outside_the_cluster(hosts: FleetUnderTest) -> None:
    assert hosts.answers(hosts.pod, "10.250.0.11", 5432)
    assert not hosts.answers(hosts.plan.hub, "10.250.0.11", 5432)


def test_a_pod_reaches_no_sshd(hosts: FleetUnderTest) -> None:
    assert hosts.answers(hosts.plan.hub, "10.250.0.11", 22)
    assert not hosts.answers(hosts.pod, "10.250.0.11", 22)


def test_a_port_that_is_not_listed_is_closed_even_when_something_listens(hosts: FleetUnderTest) -> None:
    hosts.sh("edge1", "systemd-run --quiet --unit=listener python3 -m http.server 8080")
    try:
        assert not hosts.answers(hosts.plan.hub, "10.250.0.21", 8080)
    finally:
        hosts.sh("edge1", "systemctl stop listener")


def test_a_role_cannot_make_itself_more_than_it_is(hosts: FleetUnderTest, password: Callable[[str], str]) -> None:
    for statement in (f'ALTER ROLE "{MOELLN}" SUPERUSER', 'CREATE ROLE "other"', 'CREATE DATABASE "other"'):
        done = hosts.connect_from(hosts.pod, MOELLN, MOELLN, password(MOELLN), sql=statement)
        assert "must be" in done.stderr or "permission denied" in done.stderr, (statement, done.stderr)


def test_a_runaway_statement_is_cancelled_by_the_limit_of_the_plan(
    hosts: FleetUnderTest, password: Callable[[str], str]
) -> None:
    done = hosts.connect_from(hosts.pod, MOELLN, MOELLN, password(MOELLN), sql="SHOW statement_timeout")
    assert done.stdout.strip() == "1min"


def test_the_account_that_backs_up_stands_for_the_role_of_a_database_and_for_no_other(
    hosts: FleetUnderTest, password: Callable[[str], str]
) -> None:
    hosts.connect_from(
        hosts.pod,
        MOELLN,
        MOELLN,
        password(MOELLN),
        sql="DROP TABLE IF EXISTS cases; CREATE TABLE cases (id int); INSERT INTO cases VALUES (7)",
    )
    dump = "runuser -u kogge-backup -- pg_dump -t cases --data-only"
    assert "\n7\n" in hosts.sh("db1", f"{dump} -U {MOELLN} -d {MOELLN}").stdout
    for role, database in (("postgres", "postgres"), ("kogge-facts", MOELLN), (MOELLN, "postgres")):
        refused = hosts.sh("db1", f"{dump} -U {role} -d {database}", check=False)
        assert "authentication failed" in refused.stderr or "no pg_hba.conf entry" in refused.stderr
    hosts.connect_from(hosts.pod, MOELLN, MOELLN, password(MOELLN), sql="DROP TABLE cases")


def test_postgresql_never_saw_a_password_and_logged_no_verifier(
    hosts: FleetUnderTest, password: Callable[[str], str]
) -> None:
    stored = hosts.sql("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'moelln%'")
    assert stored.startswith("SCRAM-SHA-256$4096:")
    found = hosts.sh(
        "db1",
        "cat /var/log/postgresql/*; journalctl --no-pager -o cat; find / -xdev -name '*kogge*' -type f -size -1M "
        "-not -path '/proc/*' -exec cat {} + 2>/dev/null || true",
    ).stdout
    assert "AUTHENTICATE" in found.upper() or "connection" in found
    assert stored.split("$")[2] not in found
    assert password(MOELLN) not in found


def test_a_password_login_is_refused_before_a_password_is_asked_for(hosts: FleetUnderTest) -> None:
    words = ["ssh", "-F", str(hosts.ssh_config), "-o", "ControlPath=none", "-o", "PubkeyAuthentication=no"]
    words += ["-o", "PreferredAuthentications=password,keyboard-interactive", "edge1", "true"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    assert "Permission denied (publickey)" in done.stderr


def test_root_cannot_log_in_even_with_an_authorized_key(hosts: FleetUnderTest) -> None:
    words = ["ssh", "-F", str(hosts.ssh_config), "-o", "ControlPath=none", "-l", "root", "edge1", "true"]
    assert "Permission denied" in subprocess.run(words, capture_output=True, text=True, timeout=20).stderr


def test_sshd_offers_nothing_but_modern_algorithms(hosts: FleetUnderTest) -> None:
    words = ["ssh", "-F", str(hosts.ssh_config), "-o", "ControlPath=none", "-o", "Ciphers=aes128-cbc", "edge1", "true"]
    assert "no matching cipher" in subprocess.run(words, capture_output=True, text=True, timeout=20).stderr


def test_updates_install_by_themselves_from_the_security_archive_alone(machine: Host) -> None:
    settings = machine.check_output("apt-config dump Unattended-Upgrade::Origins-Pattern APT::Periodic").splitlines()
    origins = [line for line in settings if "Origins-Pattern::" in line]
    assert len(origins) == 1
    assert "Debian-Security" in origins[0]
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings


def test_only_listed_programs_listen(machine: Host) -> None:
    addresses = {socket for socket in machine.socket.get_listening_sockets() if "127.0.0.1" not in socket}
    ports = {socket.rsplit(":", 1)[1] for socket in addresses if socket.startswith(("tcp", "udp"))}
    assert ports <= {"22", "5432"}


def test_the_machine_is_healthy_after_everything(machine: Host) -> None:
    assert machine.check_output("systemctl is-system-running") == "running"
    assert machine.service("ssh").is_running
    assert machine.service("nftables").is_enabled
