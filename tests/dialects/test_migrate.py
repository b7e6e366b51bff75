"""Every database applies migrations alike: the conformance suite, first half."""

from pathlib import Path

import pytest

from tests.files import AUTH, CHAT, write_set
from whimbrel import DatabaseManager, MigrationFailed, State, ValidationFailed, info, migrate

JOURNALED = ("mysql", "mariadb")


async def fetch(url: str, sql: str) -> list[dict[str, object]]:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_all(sql)


@pytest.mark.asyncio
async def test_a_second_run_applies_nothing(url: str) -> None:
    first = await migrate(url, AUTH, CHAT)
    second = await migrate(url, AUTH, CHAT)
    assert [(one.set_name, one.version) for one in first.applied] == [("auth", "1"), ("chat", "1")]
    assert second.applied == ()
    assert second.already == 2


@pytest.mark.asyncio
async def test_the_history_says_what_was_applied_in_order(url: str) -> None:
    await migrate(url, AUTH, CHAT)
    rows = await fetch(url, "SELECT * FROM whimbrel_history ORDER BY installed_rank")
    assert [(row["set_name"], row["version"], row["installed_rank"]) for row in rows] == [("auth", "1", 1), ("chat", "1", 2)]
    assert all(row["success"] is True for row in rows)
    assert [str(row["checksum"])[:10] for row in rows] == ["v1:sha256:"] * 2
    assert await fetch(url, "SELECT * FROM whimbrel_journal") == []


@pytest.mark.asyncio
async def test_versions_run_in_the_order_of_their_numbers(url: str, tmp_path: Path) -> None:
    names = ["V10__c.sql", "V2__b.sql", "V1__a.sql", "V1.10__ab.sql", "V1.9__aa.sql"]
    folder = write_set(tmp_path / "numbers", dict.fromkeys(names, "SELECT 1;"))
    report = await migrate(url, folder)
    assert [one.version for one in report.applied] == ["1", "1.9", "1.10", "2", "10"]


@pytest.mark.asyncio
async def test_comments_alone_are_applied_with_no_statement(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "empty", {"V1__nothing.sql": "-- nothing\n/* yet */\n;;\n", "V2__empty.sql": ""})
    report = await migrate(url, folder)
    assert [one.statements for one in report.applied] == [0, 0]


@pytest.mark.asyncio
async def test_a_byte_order_mark_and_crlf_run_and_raise_no_alarm_later(url: str, tmp_path: Path) -> None:
    text = "CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);\n"
    folder = write_set(tmp_path / "crlf", {"V1__a.sql": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()})
    await migrate(url, folder)
    write_set(tmp_path / "crlf", {"V1__a.sql": text})
    assert (await migrate(url, folder)).applied == ()


@pytest.mark.asyncio
async def test_an_edited_file_stops_the_run_and_is_named(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "edited", {"V1__a.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY);"})
    await migrate(url, folder)
    write_set(tmp_path / "edited", {"V1__a.sql": "CREATE TABLE a (id BIGINT PRIMARY KEY);", "V2__b.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=r"edited/V1__a\.sql: set edited, version 1 was edited") as caught:
        await migrate(url, folder)
    assert caught.value.exit_code == 3
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.PENDING]


@pytest.mark.asyncio
async def test_a_renamed_description_is_a_warning(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "renamed", {"V1__a.sql": "SELECT 1;"})
    await migrate(url, folder)
    (tmp_path / "renamed" / "V1__a.sql").rename(tmp_path / "renamed" / "V01__b.sql")
    report = await migrate(url, folder)
    assert [problem.kind for problem in report.warnings] == ["renamed"]


@pytest.mark.asyncio
async def test_questions_leave_no_table_behind(url: str) -> None:
    assert [one.state for one in await info(url, AUTH)] == [State.PENDING]
    report = await migrate(url, AUTH, dry_run=True)
    assert report.pending == ("auth/V001__users_and_sessions.sql",)
    with pytest.raises(Exception, match="whimbrel_history"):
        await fetch(url, "SELECT * FROM whimbrel_history")


FIVE = """CREATE TABLE one (id INTEGER PRIMARY KEY);
INSERT INTO one VALUES (1);
INSERT INTO one VALUES ('käse' 'ø' nonsense);
CREATE TABLE two (id INTEGER PRIMARY KEY);
INSERT INTO two VALUES (2);
"""


@pytest.mark.asyncio
async def test_a_failing_statement_is_told_with_its_place_and_the_mended_file_goes_on(
    url: str, database: str, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "five", {"V1__a.sql": "CREATE TABLE zero (id INTEGER PRIMARY KEY);", "V2__five.sql": FIVE})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    failed = caught.value
    assert (failed.place.line, failed.statement, failed.total, failed.kind) == (3, 3, 5, "INSERT")
    assert failed.applied == ("five/V1__a.sql",)
    states = [one.state for one in await info(url, folder)]
    assert states == [State.SUCCESS, State.PARTIAL if database in JOURNALED else State.PENDING]
    write_set(tmp_path / "five", {"V2__five.sql": FIVE.replace("('käse' 'ø' nonsense)", "(3)")})
    report = await migrate(url, folder)
    assert report.applied[0].statements == (3 if database in JOURNALED else 5)
    assert await fetch(url, "SELECT id FROM one ORDER BY id") == [{"id": 1}, {"id": 3}]
    assert await fetch(url, "SELECT id FROM two") == [{"id": 2}]
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.SUCCESS]
    assert await fetch(url, "SELECT * FROM whimbrel_journal") == []


@pytest.mark.asyncio
async def test_a_failed_file_leaves_what_the_readme_says(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "five", {"V1__five.sql": FIVE})
    with pytest.raises(MigrationFailed):
        await migrate(url, folder)
    if database in JOURNALED:
        rows = await fetch(url, "SELECT first_statement, state FROM whimbrel_journal ORDER BY first_statement")
        assert rows == [{"first_statement": 1, "state": "done"}, {"first_statement": 2, "state": "done"}]
    else:
        assert await fetch(url, "SELECT * FROM whimbrel_history") == []
        with pytest.raises(Exception, match="one"):
            await fetch(url, "SELECT * FROM one")


@pytest.mark.asyncio
async def test_the_error_of_line_37_shows_file_line_column_and_caret(url: str, tmp_path: Path) -> None:
    filler = "".join(f"-- Zeile {number}: größer, schöner, 日本語 😀\n" for number in range(1, 35))
    text = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY, t VARCHAR(20));\n"
        + filler
        + "INSERT INTO a VALUES (1, 'ünïcødé 😀');\n"
        + "\tINSERT INTO a (id, 'é') VALEUS (2);\nSELECT 4;\nSELECT 5;\n"
    )
    folder = write_set(tmp_path / "line", {"V1__lines.sql": text})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    failed, lines = caught.value, str(caught.value).split("\n")
    assert failed.place.line == 37
    assert lines[0].startswith(f"{folder}/V1__lines.sql:37:{failed.place.column}: statement 3 of 5 (INSERT) failed")
    source, caret = lines[3][4:], lines[4][4:]
    assert source == "\tINSERT INTO a (id, 'é') VALEUS (2);"
    assert caret.lstrip() == "^"
    assert len(caret) == failed.place.column
    assert source[len(caret) - 1 :].startswith(("'é'", "VALEUS"))


@pytest.mark.asyncio
async def test_an_error_at_commit_is_attributed_to_the_file(url: str, database: str, tmp_path: Path) -> None:
    deferred = (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);\n"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO c VALUES (1, 99);"
    )
    name = f"V1__deferred.{database}.sql" if database == "postgresql" else "V1__deferred.sql"
    if database in JOURNALED:
        deferred = "SELECT 1 FROM nowhere;"
    folder = write_set(tmp_path / "deferred", {name: deferred})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    assert caught.value.kind == ("SELECT" if database in JOURNALED else "COMMIT")
    assert next(one.state for one in await info(url, folder)) in (State.PENDING, State.PARTIAL)


@pytest.mark.asyncio
async def test_the_example_of_the_requirement_runs_and_its_index_is_there(url: str, database: str, tmp_path: Path) -> None:
    example = (Path(__file__).parent / "V002__add_chat_folders.sql").read_bytes()
    folder = write_set(tmp_path / "folders", {"V002__add_chat_folders.sql": example})
    report = await migrate(url, AUTH, CHAT, folder)
    assert report.applied[-1].statements == 2
    assert (await migrate(url, AUTH, CHAT, folder)).applied == ()
    queries = {
        "postgresql": "SELECT indexname AS name FROM pg_indexes WHERE tablename = 'chat_folders'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'chat_folders'",
    }
    query = queries.get(
        database,
        "SELECT index_name AS name FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND table_name = 'chat_folders'",
    )
    assert "idx_chat_folders_user_id" in [row["name"] for row in await fetch(url, query)]


@pytest.mark.asyncio
async def test_create_index_if_not_exists_is_done_once_and_then_passed_over(url: str, tmp_path: Path) -> None:
    text = "CREATE TABLE IF NOT EXISTS t (a INTEGER, b INTEGER);\nCREATE UNIQUE INDEX IF NOT EXISTS i ON t (a);\n"
    folder = write_set(tmp_path / "twice", {"V1__a.sql": text, "V2__b.sql": text})
    assert len((await migrate(url, folder)).applied) == 2
