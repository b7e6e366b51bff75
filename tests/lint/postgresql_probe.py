"""Record what other sessions see of each statement of PostgreSQL's corpus: `python -m tests.lint.postgresql_probe`.

No gauge takes part. Another session reads and writes each table and waits, or does not; the server says with its debug messages
which tables it verifies and which indexes it builds; files and rows are compared before and after.
"""

import asyncio
import json
import re
from typing import Any, NamedTuple

import asyncpg

from tests.lint.corpus import CORPUS, Labelled, load
from tests.servers import running
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.parsing.splitter import split

PROBED = CORPUS.parent / "probed" / "postgresql.json"
_ROWS, _PATIENCE = 1000, "100ms"
_VERIFIES, _BUILDS = re.compile(r'^verifying table "(.*)"'), re.compile(r'^building index ".*" on table "(.*?)"')
_CHECKS_KEY = re.compile(r'^validating foreign key constraint "(.*)"')
_QUEUES = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
_TABLES = """
    SELECT c.oid, relname AS name, c.oid::regclass::text AS sql, pg_relation_filepath(c.oid) AS file, relkind::text AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'm') AND nspname IN ('public', 'archive')"""
_COLUMNS = """
    SELECT relname, count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped GROUP BY 1"""
_FILL = {
    "users": "id, email, name, age, small, score, active, seen, seen_tz, born, data, tags, feeling, code, ip, ref, nick",
    "orders": "user_id, other_id, total, status, note, during",
}
_SMALL = {"users": "id, email, nick, age", "orders": "id, note"}
_VALUES = {
    **dict.fromkeys(("id", "user_id", "other_id", "age", "small", "score", "total", "plain", '"Odd Column"'), "i"),
    **dict.fromkeys(("email", "name", "nick", "note", "value", "key", "title", "kind"), "i::text"),
    **dict.fromkeys(("seen", "seen_tz", "born"), "now()"),
    **dict.fromkeys(("data", "tags"), "'{}'"),
    "active": "i % 2 = 0",
    "feeling": "'ok'",
    "code": "'abcde'",
    "ip": "'10.0.0.1'",
    "ref": "gen_random_uuid()",
    "status": "'new'",
    "during": "'empty'",
}
_OTHERS = {"settings": "key, value", '"Odd Table"': '"Odd Column", plain', "archive.papers": "id, title"}
_DAYS = {"events_01": "2026-01-02", "events_02": "2026-02-02", "events_new": "2024-03-02", "events_checked": "2026-04-02"}


class Seen(NamedTuple):
    """The effects of one statement that the probe saw. Tables are those that were there before."""

    refused: str = ""
    reads_wait: tuple[str, ...] = ()
    writes_wait: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    columns_lost: tuple[str, ...] = ()


async def _fill(connection: Any) -> None:
    known = {row["sql"] for row in await connection.fetch(_TABLES)}
    small = "settings" not in known
    for table, columns in (_SMALL if small else {**_FILL, **_OTHERS}).items():
        values = ", ".join(_VALUES[one] for one in columns.split(", "))
        await connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, {_ROWS}) AS i")
    for table, day in _DAYS.items():
        if table in known:
            await connection.execute(f"INSERT INTO {table} SELECT '{day}', 'a', i FROM generate_series(1, {_ROWS}) AS i")
    if not small:
        await connection.execute("REFRESH MATERIALIZED VIEW spending")


async def _waits(other: Any, statement: str) -> bool:
    try:
        await other.execute(statement)
    except asyncpg.LockNotAvailableError:
        return True
    except asyncpg.PostgresError:
        return False
    return False


async def _blocked(other: Any, tables: Any) -> tuple[list[str], list[str]]:
    reads = [row["name"] for row in tables if await _waits(other, f"SELECT 1 FROM {row['sql']} LIMIT 1")]
    writable = [row for row in tables if row["kind"] == "r"]
    writes = [row["name"] for row in writable if await _waits(other, f"DELETE FROM {row['sql']} WHERE false")]
    return reads, writes


async def _counted(connection: Any) -> dict[int, tuple[int, int]]:
    """Return, for each table by its number, the count of its rows and the first transaction that wrote one of them."""
    found = {}
    for row in await connection.fetch(_TABLES):
        one = await connection.fetchrow(f"SELECT count(*), coalesce(min(xmin::text::bigint), 0) FROM {row['sql']}")
        found[row["oid"]] = one[0], one[1]
    return found


async def _run(one: Labelled, session: Any, other: Any, holder: Any, tables: Any) -> tuple[list[str], list[str]]:
    """Run a statement, and return the tables whose reads and whose writes wait for it."""
    statements = [each.text for each in split(one.sql, POSTGRESQL) if each.copy_data is None]
    if one.transaction:
        await session.execute("BEGIN")
        for text in statements:
            await session.execute(text)
        blocked = await _blocked(other, tables)
        await session.execute("COMMIT")
        return blocked
    # The statement queues behind this lock, and whatever its own lock hinders queues behind the statement.
    await holder.execute("BEGIN")
    for row in tables:
        if row["kind"] == "r":
            await holder.execute(f"LOCK TABLE {row['sql']} IN SHARE UPDATE EXCLUSIVE MODE")
    task = asyncio.create_task(session.execute(statements[0]))
    while not task.done() and not await other.fetchval(_QUEUES, session.get_server_pid()):
        await asyncio.sleep(0.01)
    blocked = await _blocked(other, tables)
    await holder.execute("ROLLBACK")
    await task
    return blocked


async def probe(one: Labelled, url: str) -> Seen:
    """Run one statement in a database of its own, which the set-up filled."""
    session, other, holder = [await asyncpg.connect(url) for _ in range(3)]
    messages: list[str] = []
    try:
        await other.execute(f"SET lock_timeout = '{_PATIENCE}'")
        await session.execute("SET client_min_messages = debug1")
        tables = await other.fetch(_TABLES)
        rows, columns = await _counted(other), await _columns(other)
        session.add_log_listener(lambda _, message: messages.append(message.message))
        try:
            reads, writes = await _run(one, session, other, holder, tables)
        except asyncpg.PostgresError as error:
            return Seen(refused=error.sqlstate)
        files = {row["oid"]: row["file"] for row in await other.fetch(_TABLES)}
        old = {row["name"] for row in tables}
        then, left = await _counted(other), await _columns(other)
        emptied = tuple(sorted(row["name"] for row in tables if rows[row["oid"]][0] and not then.get(row["oid"], (0, 0))[0]))
        changed = {row["name"] for row in tables if _are_changed(rows[row["oid"]], then.get(row["oid"], (0, 0)))}
        rewritten = {row["name"] for row in tables if files.get(row["oid"], row["file"]) != row["file"]}
        return Seen(
            reads_wait=tuple(sorted(reads)),
            writes_wait=tuple(sorted(writes)),
            rewritten=tuple(sorted(rewritten - set(emptied))),
            verified=_named(_VERIFIES, messages, old) + _named(_CHECKS_KEY, messages, None),
            built=_named(_BUILDS, messages, old - set(emptied)),
            emptied=emptied,
            gone=tuple(sorted(row["name"] for row in tables if row["kind"] == "r" and row["oid"] not in files)),
            changed=tuple(sorted(changed - rewritten)),
            columns_lost=tuple(sorted(name for name in columns if left.get(name, columns[name]) < columns[name])),
        )
    finally:
        for each in (session, other, holder):
            await each.close()


async def _columns(connection: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(_COLUMNS)}


def _are_changed(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return before[0] == after[0] > 0 and before[1] < after[1]


def _named(pattern: re.Pattern[str], messages: list[str], old: set[str] | None) -> tuple[str, ...]:
    found = {match[1] for message in messages if (match := pattern.search(message))}
    return tuple(sorted(one for one in found if old is None or one in old))


async def main() -> None:
    """Probe all statements, and write what was seen."""
    with running("postgresql") as server:
        admin = await asyncpg.connect(server.url)
        seen: dict[str, dict[str, object]] = {}
        base = server.url.rpartition("/")[0]
        made: dict[str, str] = {}
        for one in load("postgresql"):
            if one.setup not in made:
                made[one.setup] = f"filled_{len(made)}"
                await admin.execute(f"CREATE DATABASE {made[one.setup]}")
                connection = await asyncpg.connect(f"{base}/{made[one.setup]}")
                await connection.execute(one.setup)
                await _fill(connection)
                await connection.close()
            await admin.execute(f"CREATE DATABASE probed TEMPLATE {made[one.setup]}")
            facts = (await probe(one, f"{base}/probed"))._asdict()
            seen[one.id] = {name: value for name, value in facts.items() if value}
            await admin.execute("DROP DATABASE probed WITH (FORCE)")
        await admin.close()
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in seen.items())
    PROBED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
