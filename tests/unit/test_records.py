"""The statements that write history and journal."""

from time import monotonic

import pytest

from tests.unit.plans import ALL, NO_DDL, dialect, file
from tests.unit.sessions import in_memory
from whimbrel.migrations.migration import Version
from whimbrel.session.history_sql import JournalEntry, Records

ENTRY = JournalEntry(2, 3, "done", "INSERT", "00ff", "", "INSERT INTO t VALUES ('...')")


def records(server: str, schema: str = "main") -> Records:
    return Records(dialect(server), schema)


def sqlite() -> Records:
    return records("sqlite")


def test_history_and_journal_have_their_schemas_in_their_names() -> None:
    assert sqlite().history == '"main"."whimbrel_history"'
    assert sqlite().journal == '"main"."whimbrel_journal"'
    assert records("postgresql", 'a"b').history == '"a""b"."whimbrel_history"'
    assert records("mysql", "a`b").journal == "`a``b`.`whimbrel_journal`"
    assert sqlite().last_rank == 'SELECT coalesce(max(installed_rank), 0) AS last FROM "main"."whimbrel_history"'
    assert sqlite().recorded(7) == '(SELECT installed_on FROM "main"."whimbrel_history" WHERE installed_rank = 7)'


NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"


def test_an_applied_file_is_recorded_with_its_rank_and_digests() -> None:
    one = file("SELECT 1;")
    assert sqlite().applied(one, rank=7, hashes=["a", "b"], installed_by="it's", milliseconds="1 + 1") == (
        'INSERT INTO "main"."whimbrel_history" (set_name, version, installed_rank, description, script, checksum, min_app, '
        "statement_hashes, installed_by, installed_on, execution_time, success) VALUES "
        f"('chat', '1', CASE WHEN 1 = 1 THEN 7 END, 'a', 'V1__a.sql', '{one.checksum}', '', 'a b', 'it''s', {NOW}, 1 + 1, TRUE)"
    )


def test_a_begun_file_is_recorded_without_time_and_success() -> None:
    one = file("-- whimbrel: min_app=2.1\nSELECT 1;")
    assert (
        sqlite()
        .begun(one, rank=7, installed_by="x" * 300)
        .endswith(f"THEN 7 END, 'a', 'V1__a.sql', '{one.checksum}', '2.1', '', '{'x' * 255}', {NOW}, 0, FALSE)")
    )


def test_the_end_of_a_begun_file_adds_its_time_and_drops_its_journal() -> None:
    one = file("SELECT 1;")._replace(version=Version((1, 2)))
    key = "WHERE set_name = 'chat' AND version = '1.2' AND 1 = 1"
    assert sqlite().completed(one, hashes=["a", "b"], milliseconds=12) == [
        f'DELETE FROM "main"."whimbrel_journal" {key}',
        "UPDATE \"main\".\"whimbrel_history\" SET description = 'a', script = 'V1__a.sql', "
        f"checksum = '{one.checksum}', min_app = '', statement_hashes = 'a b', installed_on = {NOW}, "
        f"execution_time = execution_time + 12, success = TRUE {key}",
    ]


@pytest.mark.parametrize(("state", "finished"), [("done", NOW), ("intent", "NULL")])
def test_a_journal_row_has_the_time_it_was_done(state: str, finished: str) -> None:
    journal_row_sql = sqlite().journal_row_sql(file("SELECT 1;"), ENTRY._replace(state=state, kind="K" * 200, catalog_before="b"))
    assert journal_row_sql == (
        'INSERT INTO "main"."whimbrel_journal" (set_name, version, first_statement, last_statement, state, kind, digest, '
        "catalog_before, shown, started_on, finished_on) VALUES "
        f"('chat', '1', CASE WHEN 1 = 1 THEN 2 END, 3, '{state}', '{'K' * 100}', '00ff', 'b', "
        f"'INSERT INTO t VALUES (''...'')', {NOW}, {finished})"
    )


def test_only_an_intent_is_marked_as_done_or_removed() -> None:
    where = "WHERE set_name = 'chat' AND version = '1' AND 1 = 1 AND first_statement = 3 AND state = 'intent'"
    assert sqlite().settled("chat", "1", 3, applied=True) == (
        f'UPDATE "main"."whimbrel_journal" SET state = \'done\', finished_on = {NOW} {where}'
    )
    assert sqlite().settled("chat", "1", 3, applied=False) == f'DELETE FROM "main"."whimbrel_journal" {where}'


@pytest.mark.parametrize("server", ["postgresql", *NO_DDL])
def test_every_write_has_the_lock_as_its_condition(server: str) -> None:
    of, one = records(server, "s"), file("SELECT 1;")
    lock_condition = dialect(server).lock_condition("s")
    for written in (
        of.begun(one, rank=1, installed_by=""),
        of.applied(one, rank=1, hashes=[], installed_by="", milliseconds="0"),
        *of.completed(one, hashes=[], milliseconds=1),
        of.journal_row_sql(one, ENTRY),
        of.settled("chat", "1", 1, applied=True),
        of.settled("chat", "1", 1, applied=False),
    ):
        assert written.count(lock_condition) == 1


@pytest.mark.parametrize("server", ALL)
def test_the_dialect_quotes_every_value(server: str) -> None:
    evil = "'; DROP TABLE t; -- \\"
    written = records(server).journal_row_sql(file("SELECT 1;"), ENTRY._replace(shown=evil))
    assert dialect(server).literal(evil) in written


@pytest.mark.asyncio
@pytest.mark.parametrize(("began", "at_least", "at_most"), [(-60.0, 59_990, 3_600_000), (0.0, 0, 3_600_000), (60.0, 0, 0)])
async def test_the_duration_of_a_file_is_never_negative(began: float, at_least: int, at_most: int) -> None:
    async with in_memory() as session:
        milliseconds = session.dialect.elapsed(monotonic() + began)
        assert at_least <= await session.connection.fetch_value(f"SELECT {milliseconds} AS milliseconds") <= at_most
