"""Connections to the PostgreSQL of this host over the local socket, each as the system account of its role.

A tenant owns its database, so what lies in there is taken for hostile. The superuser connects to the database
``postgres`` alone, which no tenant owns; inside a tenant's database the session user is weak. ``SET ROLE`` in a session
of the superuser would be no fence: code of the tenant takes it back.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import threading

SUPERUSER = "postgres"
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
"""Inside a database of a tenant, which may hold as many things as fit into its size."""
ADMINISTRATION_SECONDS = 120

_PINNED = {
    "search_path": "pg_catalog,pg_temp",
    "role": "none",
    # A query that row security would filter fails: policies are code of the tenant.
    "row_security": "off",
    "idle_in_transaction_session_timeout": "60s",
    "client_encoding": "UTF8",
    "client_min_messages": "error",
    "local_preload_libraries": "",
    "default_transaction_isolation": "read\\ committed",
    "default_transaction_deferrable": "off",
    "synchronous_commit": "on",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "exit_on_error": "off",
    "temp_tablespaces": "",
    "work_mem": "16MB",
    "hash_mem_multiplier": "2",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
"""What ``ALTER DATABASE … SET`` of a tenant could change for us; startup options beat it, and ``ALTER ROLE … SET`` too.

https://www.postgresql.org/docs/15/config-setting.html
"""
_UNLOGGED = {"log_statement": "none", "log_min_duration_statement": "-1", "log_min_error_statement": "panic"}
"""Statements of the superuser may carry verifiers."""

_turn = threading.Condition()
_account = ""
"""Whose effective uid the process has just now."""
_connecting = 0
"""How many threads are connecting just now."""


class Unavailable(Exception):
    """PostgreSQL does not answer; the message says why."""


def connect(port: int):
    """Return a connection of the superuser to the database ``postgres``, in autocommit mode, its statements not logged.

    Raises Unavailable when the driver is not installed yet or the server does not answer.
    """
    return _connect(port, SUPERUSER, "postgres", {**_timeouts(ADMINISTRATION_SECONDS), **_UNLOGGED})


def administer(port: int, database: str):
    """Return a connection of the superuser to another database than ``postgres``, for rights on PostgreSQL's functions.

    In our own template, and in a database from before it, once: GRANT and REVOKE on functions of ``pg_catalog`` call no
    code of a tenant, and no event trigger does, for only a superuser makes one. Raises Unavailable where there is one.
    """
    connection = _connect(port, SUPERUSER, database, {**_timeouts(STATEMENT_SECONDS), **_UNLOGGED})
    if rows(connection, "SELECT evtname FROM pg_catalog.pg_event_trigger LIMIT 1"):
        connection.close()
        raise Unavailable(f"database {database} has an event trigger, which a superuser made: look who, and drop it")
    return connection


def enter(port: int, role: str, database: str, *, read_only: bool):
    """Return a connection of a weak role to a database that may be hostile, in autocommit mode.

    Raises Unavailable as ``connect`` does, and when the role turns out to be a superuser.
    """
    read = {"default_transaction_read_only": "on" if read_only else "off"}
    connection = _connect(port, role, database, {**_timeouts(STATEMENT_SECONDS), **read})
    if connection.get_parameter_status("is_superuser") != "off":
        connection.close()
        raise Unavailable(f"role {role} is a superuser, so nothing was read in there")
    return connection


def _timeouts(seconds: int) -> dict[str, str]:
    return {"statement_timeout": f"{seconds}s", "lock_timeout": f"{seconds}s"}


def _connect(port: int, role: str, database: str, settings: dict[str, str]):
    try:
        import psycopg2
    except ImportError:
        raise Unavailable("python3-psycopg2 is not installed") from None
    options = " ".join(f"-c {name}={value}" for name, value in {**_PINNED, **settings}.items())
    with _as(role):
        try:
            connection = psycopg2.connect(
                host="/var/run/postgresql",
                port=port,
                dbname=database,
                user=role,
                application_name="kogge",
                connect_timeout=CONNECT_SECONDS,
                options=options,
            )
        except psycopg2.OperationalError as error:
            raise Unavailable(str(error).strip()) from None
    connection.autocommit = True
    return connection


@contextlib.contextmanager
def _as(account: str):
    """Take the effective uid that peer authentication asks for. It is the whole process's, so threads share it."""
    global _account, _connecting
    with _turn:
        _turn.wait_for(lambda: _connecting == 0 or _account == account)
        if _connecting == 0 and os.getuid() == 0:
            try:
                found = pwd.getpwnam(account)
            except KeyError:
                raise Unavailable(f"there is no account {account}") from None
            os.setegid(found.pw_gid)
            os.seteuid(found.pw_uid)
        _account = account
        _connecting += 1
    try:
        yield
    finally:
        with _turn:
            _connecting -= 1
            if _connecting == 0:
                if os.getuid() == 0:
                    os.seteuid(0)
                    os.setegid(0)
                _turn.notify_all()


def rows(connection, query: str, parameters: dict | None = None) -> list[dict]:
    """Return the rows of a query as dictionaries.

    Raises Unavailable when the server refuses, for instance because it cannot read its own files.
    """
    import psycopg2

    try:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]
    except psycopg2.Error as error:
        raise Unavailable(error.diag.message_primary or str(error).strip()) from None
    except UnicodeDecodeError:
        raise Unavailable("it holds names that are no UTF-8") from None
