"""Files of other tools that also hold undo statements are refused before anything runs; applied files are not checked."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate, onboard, sync_tenants, validate
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.asyncio

TICKET = "CREATE TABLE IF NOT EXISTS ticket (id INTEGER);"
MARKED = f"-- migrate:up\n{TICKET}\n\n-- migrate:down\nDROP TABLE ticket;\n"
FILES = {
    "dbmate": MARKED,
    "goose": f"-- +goose Up\n{TICKET}\n\n-- +goose Down\nDROP TABLE ticket;\n",
    "sql-migrate": f"-- +migrate Up\n{TICKET}\n-- +migrate Down\nDROP TABLE ticket;\n",
    "node-pg-migrate": f"-- Up Migration\n{TICKET}\n-- Down Migration\nDROP TABLE ticket;\n",
    "MyBatis": f"--  // first\n{TICKET}\n--//@UNDO\nDROP TABLE ticket;\n",
    "rambler": f"-- rambler up\n{TICKET}\n-- rambler down\nDROP TABLE ticket;\n",
    "tern": f"{TICKET}\n---- create above / drop below ----\nDROP TABLE ticket;\n",
    "Play": f"# --- !Ups\n{TICKET}\n# --- !Downs\nDROP TABLE ticket;\n",
}


@pytest.mark.parametrize("tool", FILES)
async def test_both_ways_in_one_file_are_refused_and_the_rows_stay(url: str, tmp_path: Path, tool: str) -> None:
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE TABLE ticket (id INTEGER)")
        await db_manager.execute("INSERT INTO ticket VALUES (7)")
        first = {"V1__before.sql": "CREATE TABLE other (id INTEGER);"}
        folder = write_set(tmp_path / "app", first | {"V2__ticket.sql": FILES[tool]})
        line = FILES[tool].split("\n").index("DROP TABLE ticket;")
        for dry_run in (False, True):
            with pytest.raises(ValidationFailed, match=rf"V2__ticket\.sql:{line}: .* is a comment to the server"):
                await migrate(url, folder, dry_run=dry_run)
        assert "marker" in [problem.kind for problem in await validate(url, folder)]
        assert await db_manager.fetch_value("SELECT id FROM ticket") == 7
        for table in ("other", "whimbrel_history"):
            with pytest.raises(Exception, match=table):
                await db_manager.fetch_all(f"SELECT 1 AS one FROM {table}")


async def test_a_file_that_is_applied_or_begun_is_not_judged(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = f"-- whimbrel: transaction=off\n{MARKED}CREATE TABLE a (id INTEGER);\nINSERT INTO missing VALUES (1);\n"
    folder = write_set(tmp_path / "app", {"V1__ticket.sql": MARKED, "V2__half.sql": half})
    # An older release applied these files.
    with monkeypatch.context() as older:
        older.setattr("whimbrel.planning.plan.marker_problems", lambda *_: [])
        with pytest.raises(MigrationFailed):
            await migrate(url, folder)
    assert "marker" not in [problem.kind for problem in await validate(url, folder)]
    write_set(tmp_path / "app", {"V2__half.sql": half.replace("missing", "a"), "V3__more.sql": "CREATE TABLE b (id INTEGER);"})
    assert [one.version for one in (await migrate(url, folder)).applied] == ["2", "3"]
    assert (await migrate(url, folder)).already == 3


async def test_no_tenant_is_made_of_them_and_a_fleet_that_has_them_goes_on(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__ticket.sql": MARKED})
    with pytest.raises(ValidationFailed, match="a marker of dbmate"):
        await onboard(url, "marked_one", blueprint)
    assert await tenants_listed(url) == []
    with monkeypatch.context() as older:
        older.setattr("whimbrel.planning.plan.marker_problems", lambda *_: [])
        await onboard(url, "marked_one", blueprint)
    try:
        write_set(tmp_path / "sql" / "tenant", {"V2__more.sql": "CREATE TABLE more (id INTEGER);"})
        assert (await sync_tenants(url, blueprint)).done == ("marked_one",)
    finally:
        if database in ("mysql", "mariadb"):
            async with DatabaseManager(url) as db_manager:
                await db_manager.execute("DROP DATABASE marked_one")
