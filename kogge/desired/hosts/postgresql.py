"""The files of PostgreSQL on a database host: settings, and who may connect from where.

APP.4.3 (BSI IT-Grundschutz).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Final

from kogge.desired.hosts.files import ManagedFile
from kogge.quantity import amount_of

VERSION: Final = 15
"""The major version of Debian 12."""
PORT: Final = 5432
CLUSTER: Final = f"/etc/postgresql/{VERSION}/main"
SETTINGS_FILE: Final = f"{CLUSTER}/postgresql.conf"
RULES_FILE: Final = f"{CLUSTER}/pg_hba.conf"
CERTIFICATE: Final = f"{CLUSTER}/kogge.crt"
PRIVATE_KEY: Final = f"{CLUSTER}/kogge.key"
"""Random, made on the host, and never anywhere else."""
IDENTITY_FILE: Final = f"{CLUSTER}/pg_ident.conf"
BACKUP_ACCOUNT: Final = "kogge-backup"
"""System account that stands for the role of each database, and for no other: a dump runs as who owns what it reads."""
RETIRED_ROLES: Final = ("kogge-backup",)
"""Roles that Kogge made and makes no more: ``up`` removes them. This one read everything, ``pg_authid`` included."""
FACTS_ROLE: Final = "kogge-facts"
"""Looks into databases for the check: it may connect and nothing more, for what lies in there belongs to tenants."""
FENCE_ROLE: Final = "kogge-fence"
"""Puts up the fence around a leaving tenant: a member of the two roles of that database while it does, and no more."""
TEMPLATE: Final = "kogge-template"
"""What databases of tenants are copied from; nobody can connect to it."""
ACCOUNT: Final = "postgres"
"""The system account of the server, and the superuser it is by the local socket."""
ENCODING: Final = "UTF8"

_MEBIBYTE: Final = 2**20
_BYTES_PER_CONNECTION: Final = 10 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class Client:
    """One role in one database, from some networks."""

    name: str
    networks: tuple[IPv4Network, ...]


def settings_text(memory: str) -> str:
    """Return ``postgresql.conf`` for a host with ``memory`` (a quantity).

    Limits follow from the machine alone: a new tenant must not need a restart.
    """
    total = amount_of(memory)
    settings = {
        "data_directory": f"'/var/lib/postgresql/{VERSION}/main'",
        "hba_file": f"'{RULES_FILE}'",
        "ident_file": f"'{IDENTITY_FILE}'",
        "external_pid_file": f"'/var/run/postgresql/{VERSION}-main.pid'",
        "unix_socket_directories": "'/var/run/postgresql'",
        "cluster_name": f"'{VERSION}/main'",
        "listen_addresses": "'*'",
        "port": str(PORT),
        "max_connections": str(max(100, int(total / _BYTES_PER_CONNECTION))),
        "superuser_reserved_connections": "5",
        "shared_buffers": f"{_mebibytes(total / 4)}MB",
        "effective_cache_size": f"{_mebibytes(total / 2)}MB",
        "password_encryption": "'scram-sha-256'",
        "ssl": "on",
        "ssl_cert_file": f"'{CERTIFICATE}'",
        "ssl_key_file": f"'{PRIVATE_KEY}'",
        "ssl_min_protocol_version": "'TLSv1.2'",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_line_prefix": "'%m [%p] %q%u@%d %h '",
        "log_statement": "'ddl'",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _mebibytes(amount: Decimal) -> int:
    return int(amount) // _MEBIBYTE


def hba_text(clients: Iterable[Client]) -> str:
    """Return the whole of ``pg_hba.conf``: each role only into its database, only from its cluster, TLS and SCRAM only.

    https://www.postgresql.org/docs/15/auth-pg-hba-conf.html
    """
    lines = [
        "# Written by Kogge, as a whole. What no line allows is refused.\n",
        f"local all {ACCOUNT} peer\n",
        f'local all "{FACTS_ROLE}" peer\n',
        f'local all "{FENCE_ROLE}" peer\n',
    ]
    for client in clients:
        lines.append(f'local "{client.name}" "{client.name}" peer map={BACKUP_ACCOUNT}\n')
        for network in sorted(set(client.networks)):
            lines.append(f'hostssl "{client.name}" "{client.name}" {network} scram-sha-256\n')
    return "".join(lines)


def ident_text(clients: Iterable[Client]) -> str:
    """Return the whole of ``pg_ident.conf``: which system account stands for which role.

    https://www.postgresql.org/docs/15/auth-username-maps.html
    """
    head = "# Written by Kogge, as a whole. No other account stands for a role of another name.\n"
    return head + "".join(f'{BACKUP_ACCOUNT} {BACKUP_ACCOUNT} "{client.name}"\n' for client in clients)


def postgresql_files(memory: str, clients: Sequence[Client]) -> tuple[ManagedFile, ...]:
    """Return the files that PostgreSQL reads, all of them owned by its account."""

    def owned(path: str, content: str, mode: str = "0644", *, decides_access: bool = False) -> ManagedFile:
        return ManagedFile(path, content, mode, ACCOUNT, ACCOUNT, decides_access)

    return (
        owned(f"{CLUSTER}/environment", "# Written by Kogge: no variable.\n"),
        owned(f"{CLUSTER}/pg_ctl.conf", "# Written by Kogge: no option.\n"),
        owned(f"{CLUSTER}/start.conf", "auto\n"),
        owned(SETTINGS_FILE, settings_text(memory)),
        owned(IDENTITY_FILE, ident_text(clients), "0640", decides_access=True),
        owned(RULES_FILE, hba_text(clients), "0640", decides_access=True),
    )


def creation_file() -> ManagedFile:
    """Return how Debian creates the cluster: UTF-8 whatever the machine's locale, and checksums on every page."""
    content = f"initdb_options = '--data-checksums --encoding={ENCODING} --locale=C.UTF-8'\n"
    return ManagedFile("/etc/postgresql-common/createcluster.d/kogge.conf", content)
