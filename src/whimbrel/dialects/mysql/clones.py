"""Copies of a MySQL or MariaDB database. These servers cannot copy one: a copy is migrated once, and restored after each test.

If only rows have changed, the tables get the template's rows and counters again. Any other change by a test means migrating a new
copy. Triggers, which would fire during the restore, and sequences also require a new copy.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress

from whimbrel.dialects.clones import ServerCopies
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.url import DatabaseUrl

__all__ = ["COPIES"]

logger = logging.getLogger("whimbrel")

_COUNTER = re.compile(r" AUTO_INCREMENT=([0-9]+)")
_PATIENCE_SECONDS = 5


class MysqlCopies(ServerCopies):
    async def hold(self, name: str) -> None:
        try:
            await self.connection.fetch_all("SELECT GET_LOCK(:name, 0) AS held", {"name": name})
        except ConnectionLost:
            raise
        except DatabaseError as error:
            # Some clusters refuse it. Nothing depends on this lock but what `doctor` says.
            logger.debug("%s is not marked as used: %s", name, error)

    async def open_template(self, template: DatabaseUrl) -> None:
        self._template = template
        await self.make(template)
        self._tables = await self._describe(template.database)
        # Copy rows unchanged: keys that are 0, zero dates, rows that refer to each other.
        mode = "sql_mode='NO_AUTO_VALUE_ON_ZERO', foreign_key_checks=0, unique_checks=0"
        waits = f"innodb_lock_wait_timeout={_PATIENCE_SECONDS}, lock_wait_timeout={_PATIENCE_SECONDS}"
        await self.connection.run(f"SET SESSION {mode}, {waits}")

    async def make(self, copy: DatabaseUrl) -> None:
        await self.create(copy.database, "CHARACTER SET utf8mb4")
        await self.migrate(copy)

    async def drop(self, name: str) -> None:
        await self.connection.run(f"DROP DATABASE IF EXISTS {self.dialect.quote(name)}")

    async def give_back(self, copy: DatabaseUrl) -> None:
        await self._end_connections(copy.database)
        await super().give_back(copy)

    async def _end_connections(self, name: str) -> None:
        for row in await self.connection.fetch_all("SHOW PROCESSLIST"):
            if row["db"] == name:
                # The connection may have ended by itself.
                with suppress(DatabaseError):
                    await self.connection.run(f"KILL {int(row['Id'])}")

    async def _describe(self, name: str) -> dict[str, str]:
        """Return the definition of each object in a database.

        A table's text includes its counter; other objects have a marker.
        """
        schema, found = self.dialect.quote(name), {}
        for row in await self.connection.fetch_all(f"SHOW FULL TABLES FROM {schema}"):
            table, kind = row.values()
            if kind == "BASE TABLE":
                assert isinstance(self.connection, MysqlConnection), "it is made by the dialect"
                made = await self.connection.fetch_definition(f"SHOW CREATE TABLE {schema}.{self.dialect.quote(table)}")
                found[table] = str(made["Create Table"])
            else:
                found[f"{kind} {table}"] = ""
        rest = """
            SELECT 'collation' AS kind, default_collation_name AS name, '' AS text
              FROM information_schema.schemata WHERE schema_name = :name
            UNION ALL SELECT 'trigger', trigger_name, action_statement
              FROM information_schema.triggers WHERE trigger_schema = :name
            UNION ALL SELECT routine_type, routine_name, routine_definition
              FROM information_schema.routines WHERE routine_schema = :name
            UNION ALL SELECT 'event', event_name, event_definition FROM information_schema.events WHERE event_schema = :name
            UNION ALL SELECT 'view', table_name, view_definition FROM information_schema.views WHERE table_schema = :name"""
        for row in await self.connection.fetch_all(rest, {"name": name}):
            found[f"{row['kind']} {row['name']}"] = str(row["text"]).replace(name, "")
        return found

    async def restore(self, name: str) -> bool:
        """Restore the template's rows and counters in a copy. Return False if the copy differs in more than these."""
        described, wanted = await self._describe(name), self._tables
        if _structure(described) != _structure(wanted) or any(key.startswith(("trigger ", "SEQUENCE ")) for key in wanted):
            return False
        tables = [table for table, text in wanted.items() if text.startswith("CREATE TABLE")]
        copy, template = self.dialect.quote(name), self.dialect.quote(self._template.database)
        for table in await self._filled(name, tables):
            quoted = self.dialect.quote(table)
            await self.connection.run(f"DELETE FROM {copy}.{quoted}")
            columns = await self._columns(table)
            await self.connection.run(f"INSERT INTO {copy}.{quoted} ({columns}) SELECT {columns} FROM {template}.{quoted}")
        for table in tables:
            if described[table] != wanted[table]:
                counter = _COUNTER.search(wanted[table])
                start = counter[1] if counter else "1"
                await self.connection.run(f"ALTER TABLE {copy}.{self.dialect.quote(table)} AUTO_INCREMENT={start}")
        return True

    async def _filled(self, name: str, tables: list[str]) -> list[str]:
        """Return the tables that have rows, in this copy or in the template."""
        questions = [
            f"SELECT {index} AS number FROM DUAL WHERE EXISTS (SELECT 1 FROM {schema}.{self.dialect.quote(table)})"
            for schema in map(self.dialect.quote, (name, self._template.database))
            for index, table in enumerate(tables)
        ]
        rows = await self.connection.fetch_all(" UNION ".join(questions)) if questions else []
        return [tables[row["number"]] for row in rows]

    async def _columns(self, table: str) -> str:
        query = (
            "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table "
            "AND coalesce(generation_expression, '') = '' ORDER BY ordinal_position"
        )
        rows = await self.connection.fetch_all(query, {"schema": self._template.database, "table": table})
        return ", ".join(self.dialect.quote(row["name"]) for row in rows)


def _structure(described: dict[str, str]) -> dict[str, str]:
    return {name: _without_counter(text) for name, text in described.items()}


def _without_counter(text: str) -> str:
    # The options follow the last closing parenthesis at the start of a line. A comment in them cannot contain such a line break.
    head, end, options = text.rpartition("\n) ")
    return head + end + _COUNTER.sub("", options, count=1)


COPIES = MysqlCopies
