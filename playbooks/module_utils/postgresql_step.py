"""One statement against PostgreSQL, and what it is for."""

from __future__ import annotations


class Step:
    """A statement, or several that belong together, and what they are for in words without secrets."""

    def __init__(
        self,
        text: str,
        template: str,
        names: tuple = (),
        values: tuple = (),
        alone: bool = False,
        database: str | None = None,
    ) -> None:
        self.text = text
        self.alone = alone
        """It may not share a transaction."""

        self.database = database
        """Where it must run; None: anywhere."""

        self.implied = False
        """It follows from a step that is told: a new database has neither settings nor rights yet."""

        self._template = template
        self._names = names
        self._values = values

    def statement(self, cursor) -> str:
        """Return the statement, every name and value quoted by the driver."""
        from psycopg2 import sql

        names = [sql.Identifier(name) for name in self._names]
        values = [sql.Literal(value) for value in self._values]
        return sql.SQL(self._template).format(*names, *values).as_string(cursor)


def words(attributes: dict) -> str:
    """Return the attributes of a role as ``CREATE ROLE`` and ``ALTER ROLE`` take them."""
    return " ".join(key.upper() if value else f"NO{key.upper()}" for key, value in attributes.items())
