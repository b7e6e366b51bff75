"""MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pymysql.constants import ER

from whimbrel.dialects.base import Announced, ApplicationConnection, Connection, Dialect, Row
from whimbrel.dialects.mysql.connection import AUTOCOMMIT, MysqlConnection
from whimbrel.dialects.mysql.engines import find_unprotected
from whimbrel.dialects.mysql.gtid_fence import GTID, check_fence, is_executed
from whimbrel.dialects.mysql.opening import check_encrypted, greeted, reach
from whimbrel.dialects.mysql.rules import MysqlRules, lock_name
from whimbrel.dialects.mysql.session_settings import IDENTITY, ISOLATION, access, identity, session_settings
from whimbrel.dialects.mysql.trust import checked_tables, tables_query
from whimbrel.dialects.mysql.values import rendered, text_literal
from whimbrel.dialects.place import HISTORY_TABLE, summary_query
from whimbrel.dialects.rules import Locking
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.parsing.lexer_rules import MARIADB, MYSQL, LexerRules, with_standard_quotes
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.dialects.circumstances import Circumstances
    from whimbrel.dialects.inventory import Inventory
    from whimbrel.dialects.objects import Catalog
    from whimbrel.dialects.surroundings import Surroundings
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["DIALECT"]


class Mysql(MysqlRules, Dialect):
    """The facts about MySQL and MariaDB."""

    name = "mysql"
    codes_without_value = ("1064",)
    # In the sql_mode ORACLE, a BEGIN alone opens a block: https://mariadb.com/kb/en/sql_modeoracle/
    begin = "START TRANSACTION"
    ddl_in_transactions = False
    timestamp_type = "DATETIME(6)"
    text_type = "MEDIUMTEXT"
    # Independent of the server's defaults: names are case-sensitive, and every name fits.
    table_options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC"
    now = "UTC_TIMESTAMP(6)"
    writable_sql = "SELECT @@global.read_only AS read_only"

    @property
    def catalog(self) -> Catalog:
        from whimbrel.dialects.mysql.objects import MysqlCatalog  # for files that were never applied alone

        return MysqlCatalog()

    @property
    def inventory(self) -> Inventory:
        from whimbrel.dialects.mysql.inventory import MysqlInventory  # for comparisons of files and databases alone

        return MysqlInventory()

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        check_encrypted(driver := await reach(url), url)
        connection = MysqlConnection(self, driver, greeted(driver), url)
        connection.address = url
        return connection

    async def identify_server(self, connection: Connection, url: DatabaseUrl) -> Connection:
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        rows = await self._meet(connection, url)
        told = {row["Variable_name"]: row["Value"] for row in rows}
        connection.server = identity(rows)
        # A proxy may have replaced the server's greeting.
        connection.database = "mariadb" if "mariadb" in told["version"].lower() else "mysql"
        if told.get("wsrep_on") == "ON":
            # Imported here, because its module needs this class.
            from whimbrel.dialects.mysql.galera import Galera

            connection.dialect = cluster_dialect = Galera(url)
            # Another node may have committed a table since, and this one has not yet.
            connection.tables = None
            await cluster_dialect.start(connection)
        return connection

    async def _meet(self, connection: MysqlConnection, url: DatabaseUrl) -> Sequence[Row]:
        """Set up the session and return the server's identity; ask with the same message which tables its database has."""
        home = "SELECT DATABASE() AS name"
        queries = [IDENTITY, home, tables_query(self.literal(url.database))]
        rows, (named,), tables = await connection.fetch_together(queries, [AUTOCOMMIT, ISOLATION])
        connection.home, connection.tables = str(named["name"]), tables if named["name"] == url.database else None
        return rows

    def application(self, url: DatabaseUrl, schema: str = "") -> Callable[[], Awaitable[ApplicationConnection]]:
        from whimbrel.dialects.mysql.pool import open_application  # a run has no pool

        return partial(open_application, self, url._replace(database=schema or url.database))

    def lexer_rules(self, *, portable: bool, database: str) -> LexerRules:
        native = MARIADB if database == "mariadb" else MYSQL
        return with_standard_quotes(native) if portable else native

    def bind(self, template: Template, values: Sequence[Value]) -> tuple[str, list[object]]:
        return rendered(template, values), []

    def literal(self, value: str) -> str:
        # Every mode reads hexadecimal alike: https://dev.mysql.com/doc/refman/9.7/en/hexadecimal-literals.html
        return f"_utf8mb4 X'{value.encode().hex()}'"

    async def find_schema(self, connection: Connection, wanted: str) -> str:
        known = "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = :name"
        if wanted and not await connection.fetch_value(known, {"name": wanted}):
            raise ConfigurationError(
                f"there is no database {wanted}; as a privileged user, run: CREATE DATABASE {self.quote(wanted)}"
            )
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        return wanted or connection.home or str(await connection.fetch_value("SELECT DATABASE() AS name"))

    async def read_summary(self, connection: Connection, schema: str, sets: Collection[str]) -> list[Row]:
        # A view has no index, so the server refuses this query before it runs any function of the view.
        table = (f"{self.quote(schema)}." if schema else "") + self.quote(HISTORY_TABLE)
        # A query without parameters needs no lexer.
        query = summary_query(f"{table} USE INDEX (PRIMARY)", map(text_literal, sets))
        return (await connection.fetch_together([query]))[0]

    async def check_tables(self, connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        if schema == connection.home and connection.tables is not None:
            rows, connection.tables = connection.tables, None
        else:
            rows = await connection.fetch_all(tables_query(self.literal(schema)))
        return checked_tables(schema, rows)

    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        return [
            session_settings(connection, portable=portable, lock_timeout=lock_timeout),
            access(portable=portable),
            f"USE {self.quote(schema)}",
        ]

    async def renew(self, connection: Connection) -> bool:
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        await connection.reset()
        return True

    async def renew_under_lock(self, connection: Connection, schema: str, setup: Sequence[str]) -> bool:
        locking = self.locking_sql(schema)
        if locking is None:
            return await super().renew_under_lock(connection, schema, setup)
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        await connection.reset(())
        ((tried,),) = await connection.fetch_together([locking.query], [AUTOCOMMIT, *setup])
        return bool(tried["got"])

    async def preparing_sql(self, connection: Connection, schema: str) -> list[str]:
        from whimbrel.dialects.mysql.circumstances import preparing_sql  # a start with nothing to do needs neither

        return await preparing_sql(connection, schema)

    async def read_circumstances(self, connection: Connection, schema: str) -> Circumstances:
        from whimbrel.dialects.mysql.circumstances import read_circumstances

        return await read_circumstances(connection, schema)

    async def server_identity(self, connection: Connection) -> str:
        return identity(await connection.fetch_all(IDENTITY))

    async def surroundings(self, connection: Connection, schema: str) -> Surroundings:
        from whimbrel.dialects.surroundings import Surroundings  # only a replay needs it

        query = "SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = :schema"
        collation = await connection.fetch_value(query, {"schema": schema})
        # ALTER DATABASE without a name changes the session's own.
        return Surroundings(statements=(f"ALTER DATABASE COLLATE {self.quote(collation)}",)) if collation else Surroundings()

    def judge_writable(self, row: Row) -> None:
        if row["read_only"]:
            raise ConfigurationError("the server is read-only; use the address of a server that accepts writes")

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.code == str(ER.NO_SUCH_TABLE)

    def is_temporary(self, error: DatabaseError) -> bool:
        from whimbrel.dialects.mysql.temporary import is_temporary  # only a wait needs it

        return is_temporary(error.code)

    def is_denied(self, error: DatabaseError) -> bool:
        denied = (ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR)
        return error.code in map(str, denied)

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        # Only 1 means acquired. MariaDB returns NULL for a negative timeout: https://mariadb.com/kb/en/get_lock/
        return bool(await connection.fetch_value("SELECT GET_LOCK(:name, 0) AS got", {"name": lock_name(schema)}) == 1)

    async def unlock(self, connection: Connection, schema: str) -> None:
        if await connection.fetch_value("SELECT RELEASE_LOCK(:name) AS freed", {"name": lock_name(schema)}) != 1:
            raise DatabaseError("the migration lock was lost before it was released")

    def locking_sql(self, schema: str) -> Locking | None:
        return Locking([], f"SELECT GET_LOCK({self.literal(lock_name(schema))}, 0) <=> 1 AS got")

    def unlocking_sql(self, schema: str) -> str:
        return f"SELECT 1 FROM (SELECT 1 AS one) AS it WHERE RELEASE_LOCK({self.literal(lock_name(schema))}) = 1"

    async def catalog_name(self, connection: Connection) -> str:
        return str(await connection.fetch_value("SELECT DATABASE() AS name"))

    async def try_tool_lock(self, connection: Connection, number: int, name: str) -> bool:
        return bool(await connection.fetch_value("SELECT GET_LOCK(:name, 0) AS got", {"name": name}) == 1)

    async def free_tool_lock(self, connection: Connection, name: str) -> None:
        await connection.fetch_value("SELECT RELEASE_LOCK(:name) AS freed", {"name": name})

    def lock_condition(self, schema: str) -> str:
        return f"IS_USED_LOCK({self.literal(lock_name(schema))}) = CONNECTION_ID()"

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        holder = await connection.fetch_value("SELECT IS_USED_LOCK(:name) AS id", {"name": lock_name(schema)})
        if holder is None:
            return "no other session"
        query = "SELECT user, host, time FROM information_schema.processlist WHERE id = :id"
        try:
            row = await connection.fetch_one(query, {"id": holder})
        except DatabaseError:
            # MySQL 9.7 has moved this table, and not every user may read it in either place.
            row = None
        told = f" ({row['user']} from {row['host']}, running its statement for {row['time']} s)" if row else ""
        return f"connection {holder}{told}"

    async def blockers(self, connection: Connection, sql: str) -> str:
        from whimbrel.dialects.mysql.catalog import blockers  # only a wait needs it

        return await blockers(connection, sql, self.lexer_rules(portable=True, database=connection.database))

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        return not await self._unprotected(connection, schema)

    async def unprotected(self, connection: Connection, schema: str, statement: Statement) -> str:
        names = await self._unprotected(connection, schema)
        return find_unprotected(statement, self.lexer_rules(portable=True, database=connection.database), names)

    async def _unprotected(self, connection: Connection, schema: str) -> frozenset[str]:
        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        return await connection.engines.unprotected(connection, schema)

    def is_certain(self, before: str) -> bool:
        return before.startswith(GTID)

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        from whimbrel.dialects.mysql.catalog import snapshot_objects  # a start with nothing to do has no statements

        return await snapshot_objects(connection, statement, self.lexer_rules(portable=True, database=connection.database))

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        from whimbrel.dialects.mysql.catalog import settle  # only a run that resumes needs it

        if before.startswith(GTID):
            return await is_executed(connection, before)
        return await settle(connection, statement, before, self.lexer_rules(portable=True, database=connection.database))

    async def fence(self, connection: Connection) -> None:
        # Imported here, because its module needs this class.
        from whimbrel.dialects.mysql.fenced import FencedMysql

        await check_fence(connection)
        connection.dialect = FencedMysql()

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        from whimbrel.dialects.mysql.emulation import emulate  # as above
        from whimbrel.parsing.cursor import leading_words

        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        if not self.shares_transaction(leading_words(statement.text, MYSQL, 2)):
            connection.engines.expect(statement)
        return await emulate(connection, statement)

    def is_announced(self, database: str, statement: Statement) -> bool:
        from whimbrel.dialects.mysql.announcing import fits  # as above
        from whimbrel.dialects.mysql.emulation import runs_as_it_is

        return runs_as_it_is(database, statement) and fits(statement)

    async def run_announced(
        self, connection: Connection, schema: str, records: Sequence[str], statement: Statement, following: Statement | None
    ) -> Announced | None:
        from whimbrel.dialects.mysql.announcing import question_before, run_announced  # as above

        assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
        if not self.is_announced(connection.database, statement):
            return None
        connection.engines.expect(statement)
        rules = self.lexer_rules(portable=True, database=connection.database)
        question = None if following is None else question_before(connection, schema, following, rules)
        return await run_announced(connection, records, statement, question, rules)


DIALECT = Mysql()
