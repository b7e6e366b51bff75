"""A file may change its session, and a session's state may change the meaning of files."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import DatabaseManager, migrate

MYSQL = ("mysql", "mariadb")
ROLE = "somebody_else"
# All kinds of session state. Statements that change how the file is read, or the role that runs it, are at its end.
CHANGES = {
    "postgresql": f"""
CREATE SEQUENCE numbers;
SELECT nextval('numbers');
CREATE TEMP TABLE thing AS SELECT 1 AS n;
CREATE TEMP TABLE pg_settings AS SELECT 'none' AS name, 'none' AS setting;
PREPARE ready AS SELECT 1;
DECLARE held CURSOR WITH HOLD FOR SELECT generate_series(1, 10);
LISTEN news;
SELECT pg_advisory_lock(42), pg_advisory_lock(42), pg_advisory_lock_shared(1, 2);
SET TimeZone TO 'Asia/Tokyo';
SET DateStyle TO 'SQL, DMY';
SET statement_timeout TO '99s';
SET lock_timeout TO '98s';
SET default_transaction_isolation TO 'serializable';
SET SESSION CHARACTERISTICS AS TRANSACTION DEFERRABLE;
SET client_min_messages TO error;
SET enable_seqscan TO off;
SET default_tablespace TO '';
SET row_security TO off;
SET check_function_bodies TO off;
SET xmloption TO content;
SET application_name TO 'somebody';
SELECT set_config('search_path', '', false);
SET standard_conforming_strings TO off;
SET SESSION AUTHORIZATION {ROLE};
""",
    "sqlite": """-- whimbrel: transaction=off
CREATE TABLE numbers (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE thing (n INTEGER);
CREATE TEMP VIEW numbers_seen AS SELECT * FROM numbers;
CREATE TEMP TRIGGER made AFTER INSERT ON main.numbers BEGIN DELETE FROM numbers; END;
INSERT INTO numbers VALUES (77);
ATTACH ':memory:' AS aside;
PRAGMA foreign_keys=ON;
PRAGMA recursive_triggers=ON;
PRAGMA case_sensitive_like=ON;
PRAGMA cache_size=77;
PRAGMA temp_store=MEMORY;
PRAGMA synchronous=OFF;
PRAGMA legacy_alter_table=ON;
PRAGMA reverse_unordered_selects=ON;
PRAGMA ignore_check_constraints=ON;
PRAGMA automatic_index=OFF;
PRAGMA secure_delete=ON;
PRAGMA busy_timeout=7;
PRAGMA writable_schema=ON;
PRAGMA trusted_schema=OFF;
""",
}
MYSQL_CHANGES = """
CREATE TABLE numbers (id INTEGER PRIMARY KEY AUTO_INCREMENT);
INSERT INTO numbers VALUES (), ();
CREATE TEMPORARY TABLE thing (n INTEGER);
SET @mine = 'kept', @five := 5;
PREPARE ready FROM 'SELECT 1';
SELECT GET_LOCK('mine', 0);
SET NAMES latin1 COLLATE latin1_german1_ci;
SET SESSION foreign_key_checks=0, unique_checks=0, time_zone='+09:00', sql_safe_updates=1, sql_select_limit=1;
SET SESSION group_concat_max_len=99, max_sort_length=99, lc_time_names='de_DE', div_precision_increment=9, timestamp=1;
SET SESSION max_execution_time=99000, sort_buffer_size=65536, tmp_table_size=99328, optimizer_switch='mrr=off';
SET SESSION net_write_timeout=99, wait_timeout=999, max_join_size=999999, big_tables=1, old_alter_table=1;
SET SESSION default_storage_engine=MyISAM, collation_server=latin1_bin, character_set_filesystem=latin1;
SET SESSION auto_increment_offset=3, auto_increment_increment=5, low_priority_updates=1, sql_notes=0, sql_log_bin=0;
SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;
USE information_schema;
SET SESSION sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
"""
MYSQL_CHANGES_OF = {"mysql": MYSQL_CHANGES, "mariadb": MYSQL_CHANGES.replace("max_execution_time=99000", "max_statement_time=99")}
PRAGMAS = (
    *("foreign_keys", "recursive_triggers", "cache_size", "temp_store", "synchronous", "legacy_alter_table", "busy_timeout"),
    *("reverse_unordered_selects", "ignore_check_constraints", "automatic_index", "secure_delete", "writable_schema"),
    *("trusted_schema", "query_only", "defer_foreign_keys", "read_uncommitted", "locking_mode"),
)
# The answers of the session, as rows of two texts.
ANSWERS = {
    "postgresql": """
SELECT name, setting FROM pg_catalog.pg_settings
UNION ALL SELECT 'user', current_user || session_user
UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
UNION ALL SELECT 'cursor', name FROM pg_cursors WHERE is_holdable
UNION ALL SELECT 'listening', pg_listening_channels()
UNION ALL SELECT 'temporary', relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()
UNION ALL SELECT 'locks', count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT 'schema', current_schema()
""",
    "sqlite": "\nUNION ALL ".join(
        (
            "SELECT 'like', 'A' LIKE 'a'",
            "SELECT 'temporary', name FROM temp.sqlite_master",
            "SELECT 'database', name FROM pragma_database_list",
            "SELECT 'rowid', last_insert_rowid()",
            *(f"SELECT '{name}', (SELECT * FROM pragma_{name})" for name in PRAGMAS),
        )
    ),
}
MYSQL_ANSWERS = """
SELECT CONVERT(variable_name USING utf8mb4) AS name, CONVERT(variable_value USING utf8mb4) AS value FROM {variables}
WHERE variable_name NOT IN ('timestamp', 'pseudo_thread_id', 'rand_seed1', 'rand_seed2', 'error_count', 'warning_count',
    'last_gtid', 'statement_id', 'in_transaction', 'gtid_executed')
UNION ALL SELECT 'mine', CONVERT(CONCAT_WS(',', @mine, @five) USING utf8mb4)
UNION ALL SELECT 'database', CONVERT(DATABASE() USING utf8mb4)
UNION ALL SELECT 'id', CONVERT(LAST_INSERT_ID() USING utf8mb4)
UNION ALL SELECT 'lock', CONVERT(IS_USED_LOCK('mine') USING utf8mb4)
"""
VARIABLES = {"mysql": "performance_schema.session_variables", "mariadb": "information_schema.session_variables"}


def changes(database: str) -> str:
    return CHANGES.get(database) or MYSQL_CHANGES_OF[database]


def answers(database: str, table: str) -> str:
    query = ANSWERS.get(database) or MYSQL_ANSWERS.format(variables=VARIABLES[database])
    # This fails if the temporary table still exists.
    again = "CREATE TEMPORARY TABLE thing (n INTEGER);\n"
    return f"CREATE TABLE {table} AS {query};\n{again}"


async def fetch(url: str, sql: str) -> list[dict[str, object]]:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_all(sql)


@pytest.mark.fault("R54")
def test_nothing_of_a_session_reaches_the_next_file(url: str, database: str, tmp_path: Path) -> None:
    if database == "postgresql" and not asyncio.run(fetch(url, f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'")):
        run_sql(url, f"CREATE ROLE {ROLE}")
    texts = {1: changes(database), 2: answers(database, "seen_after"), 3: answers(database, "seen_fresh")}
    folder = write_set(tmp_path / "state", {f"V{number}__s.{database}.sql": text for number, text in texts.items()})
    assert len(asyncio.run(migrate(url, folder, version="2", databases=[database])).applied) == 2
    assert len(asyncio.run(migrate(url, folder, databases=[database])).applied) == 1
    after, fresh = (asyncio.run(fetch(url, f"SELECT * FROM {table} ORDER BY 1, 2")) for table in ("seen_after", "seen_fresh"))
    assert len(fresh) > len(PRAGMAS)
    assert after == fresh


# Statements whose text does not show that they leave session state.
QUIET = {
    "sqlite": ['CREATE TABLE "temp".thing (n INTEGER)', "CREATE TABLE [Temp].thing (n INTEGER)"],
    "postgresql": ['CREATE TABLE "pg_temp".thing (n INTEGER)', 'CREATE TABLE "pg_temp".thing AS SELECT 1 AS n LIMIT 0'],
    "mysql": ["CREATE TABLE x SELECT @v := 5 AS n", "CREATE TABLE x AS WITH c AS (SELECT @v := 5 AS n) SELECT n FROM c"],
}
UNTOUCHED = {
    "sqlite": "SELECT 1",
    "postgresql": "SELECT 1",
    "mysql": "SELECT 1 FROM DUAL WHERE @v IS NULL",
}


@pytest.mark.fault("R54")
@pytest.mark.parametrize("which", [0, 1])
def test_what_a_ddl_statement_leaves_in_the_session_does_not_reach_the_next_file(
    url: str, database: str, tmp_path: Path, which: int
) -> None:
    like = "mysql" if database in MYSQL else database
    second = f"CREATE TABLE thing (n INTEGER);\nINSERT INTO thing {UNTOUCHED[like]};\n"
    texts = {f"V1__s.{database}.sql": QUIET[like][which] + ";\n", f"V2__s.{database}.sql": second}
    asyncio.run(migrate(url, write_set(tmp_path / "quiet", texts), databases=[database]))
    assert asyncio.run(fetch(url, "SELECT count(*) AS n FROM thing")) == [{"n": 1}]
