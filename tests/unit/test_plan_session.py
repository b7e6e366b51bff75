"""The session a file runs in, and the state it leaves there."""

import pytest

from tests.unit.plans import ALL, NO_DDL, dialect, file, on, plan

SERVERS = ("postgresql", *NO_DDL)
KEYS_OFF, KEYS_ON = "PRAGMA foreign_keys=OFF;", "PRAGMA foreign_keys=ON;"
ROW = "INSERT INTO t VALUES (1);"
OFF = "-- whimbrel: transaction=off\n"


@pytest.mark.parametrize("server", ALL)
def test_a_shared_file_runs_in_the_portable_session(server: str) -> None:
    assert plan(ROW, server).portable is True


@pytest.mark.parametrize("server", ALL)
def test_a_variant_runs_under_the_servers_own_defaults(server: str) -> None:
    assert plan(ROW, server, variant=server).portable is False


def test_mysqls_variant_runs_under_mariadbs_own_defaults() -> None:
    assert plan(ROW, "mariadb", variant="mysql").portable is False


@pytest.mark.parametrize("server", ALL)
def test_a_set_for_one_database_runs_under_the_servers_own_defaults(server: str) -> None:
    assert plan(ROW, server, native=True).portable is False
    assert plan(ROW, server, native=True, variant=server).portable is False


@pytest.mark.parametrize("server", NO_DDL)
@pytest.mark.parametrize(("variant", "native", "total"), [(False, False, 2), (True, False, 1), (False, True, 1)])
def test_a_file_is_cut_as_its_session_reads_it(server: str, variant: bool, native: bool, total: int) -> None:
    # Under the server's defaults the backslash escapes the quote; in the portable session it does not.
    found = plan("SELECT 'a\\';SELECT 'b';", server, variant=server if variant else "", native=native)
    assert (found.total, found.lexer_rules.name) == (total, server)


@pytest.mark.parametrize(
    ("text", "portable", "unchecked"),
    [
        (ROW, True, False),
        (KEYS_ON + ROW, True, False),
        (KEYS_OFF + ROW, False, True),
        (KEYS_OFF + ROW + KEYS_ON, False, True),
        (f"{KEYS_OFF}BEGIN;{ROW}COMMIT;{KEYS_ON}", False, True),
        # The checks are switched off later: the session starts with checks, but broken rows are counted.
        (ROW + KEYS_OFF + ROW, True, True),
        (ROW + KEYS_OFF + ROW + KEYS_ON, True, True),
        (OFF + KEYS_OFF + ROW, True, True),
        (f"{KEYS_OFF}{ROW}VACUUM;", True, True),
        ("PRAGMA foreign_keys = 0;" + ROW, False, True),
        ("PRAGMA foreign_keys(no);" + ROW, False, True),
        ("PRAGMA foreign_keys;" + ROW, True, False),
    ],
)
def test_sqlite_checks_foreign_keys_unless_the_file_switches_them_off(text: str, portable: bool, unchecked: bool) -> None:
    found = plan(text, "sqlite")
    assert (found.portable, found.keys_unchecked) == (portable, unchecked)


@pytest.mark.parametrize(("variant", "native"), [("sqlite", False), ("", True)])
def test_sqlites_own_default_checks_no_foreign_keys(variant: str, native: bool) -> None:
    assert plan(ROW, "sqlite", variant=variant, native=native).keys_unchecked is True
    assert plan(KEYS_ON + ROW, "sqlite", variant=variant, native=native).keys_unchecked is True


@pytest.mark.parametrize("server", SERVERS)
def test_servers_always_check_foreign_keys_of_a_shared_file(server: str) -> None:
    assert plan(ROW, server).keys_unchecked is False


TABLE = "CREATE TABLE t (a INTEGER);"


@pytest.mark.parametrize(
    ("server", "text", "left"),
    [
        *on(ALL, "", "nothing"),
        *on(ALL, TABLE, "nothing"),
        *on(ALL, TABLE * 3, "nothing"),
        *on(ALL, "ALTER TABLE t ADD COLUMN b INTEGER;", "nothing"),
        *on("postgresql", "CREATE INDEX i ON t (a);DROP INDEX i;COMMENT ON TABLE t IS 'a';TRUNCATE t;", "nothing"),
        *on("postgresql", "GRANT ALL ON t TO PUBLIC;REVOKE ALL ON t FROM PUBLIC;", "nothing"),
        *on("mysql", "RENAME TABLE t TO u;", "nothing"),
        # A statement that calls a function or copies rows may leave anything.
        *on(ALL, "CREATE TABLE u AS SELECT 1;", "anything"),
        *on(ALL, "CREATE TEMPORARY TABLE u (a INTEGER);", "anything"),
        *on("postgresql", "CREATE TEMP TABLE u (a INTEGER);", "anything"),
        *on("postgresql", "CREATE TABLE pg_temp.u (a INTEGER);", "anything"),
        *on("postgresql", "CREATE TABLE u (a BIGSERIAL);", "anything"),
        *on("postgresql", "CREATE TABLE u AS TABLE t;", "anything"),
        *on("postgresql", "ALTER TABLE t ALTER a TYPE TEXT USING f(a);", "anything"),
        *on("postgresql", "CREATE MATERIALIZED VIEW v AS TABLE t;", "anything"),
        *on("postgresql", "CREATE TABLE u (a INTEGER DEFAULT nextval('s'));", "anything"),
        *on("postgresql", ROW, "anything"),
        *on(NO_DDL, ROW, "anything"),
        *on("sqlite", ROW, "rows"),
        *on("sqlite", ROW + ROW, "rows"),
        *on("sqlite", TABLE + ROW + TABLE, "rows"),
        *on("sqlite", "UPDATE t SET a = 1;", "rows"),
        *on("sqlite", "SELECT 1;" + ROW, "anything"),
        *on("sqlite", ROW + "SELECT 1;" + ROW, "anything"),
        *on("sqlite", "DROP TABLE t;" + ROW, "anything"),
        *on("sqlite", "PRAGMA user_version = 1;" + TABLE, "anything"),
        *on("sqlite", f"BEGIN;{TABLE}COMMIT;", "anything"),
    ],
)
def test_a_file_leaves_nothing_in_its_session_unless_a_statement_may(server: str, text: str, left: str) -> None:
    assert plan(text, server).left == left


COPY = "COPY t FROM stdin;\n1\n\\.\n"


@pytest.mark.parametrize(
    ("server", "text", "alone"),
    [
        *on(ALL, ROW + TABLE + ROW, set()),
        *on("postgresql", f"{ROW}{COPY}{ROW}", {2}),
        *on("postgresql", "SET search_path TO a;" + ROW + "RESET ALL;", {1, 3}),
        *on("postgresql", ROW + "SELECT set_config('a.b', 'c', false);" + "SELECT 1;", {2}),
        *on("sqlite", ROW + "DROP TABLE t;" + "PRAGMA user_version = 1;", {2, 3}),
        *on("sqlite", "ALTER TABLE t ADD COLUMN a INTEGER;ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER;", {2}),
        *on(NO_DDL, "SET @a = 1;" + ROW + "INSERT INTO t VALUES (@a);" + ROW, {1, 3}),
        *on(NO_DDL, ROW + "UPDATE t SET a = last_insert_id();", {2}),
        *on(NO_DDL, ROW + "INSERT INTO u VALUES ('a;b@c');", set()),
        *on("mysql", f"{ROW}\nDELIMITER //\nSELECT 1; SELECT 2//\nDELIMITER ;\n{ROW}", {2}),
        # Numbers count from the first statement that runs.
        *on("postgresql", f"BEGIN;{ROW}SET a.b TO c;{ROW}COMMIT;", {2}),
        *on("sqlite", f"{KEYS_OFF}BEGIN;{ROW}DROP TABLE t;COMMIT;", {-1, 2}),
    ],
)
def test_a_statement_that_cannot_share_a_message_is_alone(server: str, text: str, alone: set[int]) -> None:
    assert plan(text, server).alone == alone


@pytest.mark.parametrize("server", ALL)
def test_a_file_is_read_by_the_rules_of_the_database_that_answers(server: str) -> None:
    one = file(ROW)
    assert plan(ROW, server).migration == one
    assert plan(ROW, server).lexer_rules == dialect(server).lexer_rules(portable=True, database=server)
