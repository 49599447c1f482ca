"""One connection to the PostgreSQL of this host, as the system account ``postgres`` over the local socket."""

from __future__ import annotations

import contextlib
import os
import pwd
import threading

_lock = threading.Lock()
_connecting = 0
"""How many threads are connecting just now."""


class Unavailable(Exception):
    """PostgreSQL does not answer; the message says why."""


def connect(port: int, database: str = "postgres"):
    """Return a connection in autocommit mode whose statements are not logged: some of them carry verifiers.

    Raises Unavailable when the driver is not installed yet or the server does not answer.
    """
    try:
        import psycopg2
    except ImportError:
        raise Unavailable("python3-psycopg2 is not installed") from None
    with _as_postgres():
        try:
            connection = psycopg2.connect(
                host="/var/run/postgresql", port=port, dbname=database, user="postgres", application_name="kogge"
            )
        except psycopg2.OperationalError as error:
            raise Unavailable(str(error).strip()) from None
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'"
        )
    return connection


@contextlib.contextmanager
def _as_postgres():
    """Take the effective uid that peer authentication asks for. It is the whole process's, so threads share it."""
    global _connecting
    with _lock:
        if _connecting == 0 and os.getuid() == 0:
            try:
                account = pwd.getpwnam("postgres")
            except KeyError:
                raise Unavailable("there is no account postgres") from None
            os.setegid(account.pw_gid)
            os.seteuid(account.pw_uid)
        _connecting += 1
    try:
        yield
    finally:
        with _lock:
            _connecting -= 1
            if _connecting == 0 and os.getuid() == 0:
                os.seteuid(0)
                os.setegid(0)


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
