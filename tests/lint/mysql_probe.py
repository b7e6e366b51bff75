"""Prove the labels of the corpora of MySQL and MariaDB, by other means than the gauge: `python -m tests.lint.mysql_probe mysql`.

ALTER TABLE, CREATE INDEX and DROP INDEX run with the clauses ALGORITHM and LOCK, from the cheapest on: the server refuses those
that the statement does not get by itself. For any other statement, a session that writes is open, and a third one tries to read.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import NamedTuple

from tests.lint.corpus import CORPUS, Labelled, load
from tests.lint.mysql_labels import OF_ROWS
from tests.lint.mysql_setup import DATABASE, Scene, fresh_scene
from tests.servers import running
from whimbrel.errors import DatabaseError

__all__ = ["Probed", "probe_all"]

Probed = dict[str, object]
# From the cheapest to the dearest. A server takes the first that it can.
_CLAUSES = {
    "instant": ("ALGORITHM=INSTANT",),
    "in place, writes pass": ("ALGORITHM=INPLACE", "LOCK=NONE"),
    "in place, writes wait": ("ALGORITHM=INPLACE", "LOCK=SHARED"),
    "in place, reads wait": ("ALGORITHM=INPLACE", "LOCK=EXCLUSIVE"),
    "copy, writes pass": ("ALGORITHM=COPY", "LOCK=NONE"),
    "copy, writes wait": ("ALGORITHM=COPY", "LOCK=SHARED"),
}
_OWN = {"LOCK=NONE": "in place, writes pass", "LOCK=SHARED": "in place, writes wait", "ALGORITHM=COPY": "copy, writes wait"}
_NO_CLAUSE = ("1064", "1845", "1846", "1221")
_SPACES = "SELECT name, space FROM information_schema.{view} WHERE name LIKE '{database}/%' AND name NOT LIKE '%/fts%'"
_LOOSE = """
    SELECT k.constraint_name AS c FROM information_schema.key_column_usage k
    WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = k.table_schema AND s.non_unique = 0
        AND s.table_name = k.referenced_table_name AND s.column_name = k.referenced_column_name
    )
"""
_WAITING = "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = {id} AND state LIKE 'Waiting for table%'"


class _Look(NamedTuple):
    """Files, rows and columns of all tables, the columns that an index cuts, and foreign keys to columns that are not unique."""

    spaces: dict[str, int]
    rows: dict[str, int]
    columns: frozenset[tuple[str, str]]
    cut: frozenset[str]
    loose: frozenset[str]


async def probe(scene: Scene, one: Labelled) -> Probed:
    """Return what the server says about one statement."""
    await scene.reset(one)
    before = await _look(scene)
    try:
        rows = await scene.run_all(one)
    except DatabaseError as error:
        return {"refused": error.code, **(await _without_rows(scene, one) if error.code in OF_ROWS else {})}
    after = await _look(scene)
    found: Probed = {"rows": rows, "gone": _find_gone(before, after), "cut": sorted(after.cut - before.cut)}
    if await _collides(scene, one):
        found["collides"] = True
    if after.loose - before.loose:
        found["loose"] = sorted(after.loose - before.loose)
    *_, last = scene.statements(one)
    words = _altering(last).upper().split()
    if (words[:2] == ["ALTER", "TABLE"] and "TRUNCATE" not in words) or (words[:1] == ["CREATE"] and "INDEX" in words[:3]):
        found["rewritten"] = _find_rewritten(before, after)
        found["how"] = await _find_how(scene, one, _altering(last), copied=rows > 0 and not last.startswith("OPTIMIZE"))
    elif words[0] in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
        found["locked"] = await _find_locked(scene, one)
    else:
        found["waits"] = await _find_waits(scene, one)
    return found


async def _without_rows(scene: Scene, one: Labelled) -> Probed:
    """Return how a statement runs that only the rows of the set-up break."""
    *_, last = scene.statements(one)
    if not last.startswith("ALTER"):
        return {}
    await _empty(scene, one)
    before = await _look(scene)
    await scene.run_all(one)
    rewritten = _find_rewritten(before, await _look(scene))
    return {"how": await _find_how(scene, one, last, copied=False, empty=True), "rewritten": rewritten}


async def _empty(scene: Scene, one: Labelled) -> None:
    await scene.reset(one)
    emptied = [f"DELETE FROM {table}" for table in await scene.tables()]
    await scene.own.send(["SET foreign_key_checks = 0", *emptied, "SET foreign_key_checks = 1"])


def _find_rewritten(before: _Look, after: _Look) -> list[str]:
    return sorted(name for name, space in before.spaces.items() if after.spaces.get(name, space) != space)


async def _collides(scene: Scene, one: Labelled) -> bool:
    """Whether a statement about characters makes two texts of a unique key equal."""
    table = one.sql.split()[2]
    insert = {"customers": "(email) VALUES ('Q@x'), ('q@x')", "words": "VALUES (98, 'Q'), (99, 'q')"}.get(table)
    if insert is None or not any(word in one.sql for word in ("COLLATE", "CHARACTER")):
        return False
    await scene.reset(one)
    await scene.own.run(f"INSERT INTO {table} {insert}")
    try:
        await scene.run_all(one)
    except DatabaseError as error:
        return error.code == "1062"
    return False


def _altering(sql: str) -> str:
    """Return the ALTER TABLE that is the same: https://dev.mysql.com/doc/refman/9.7/en/optimize-table.html."""
    words = sql.split(" ")
    if words[0] == "OPTIMIZE":
        return f"ALTER TABLE {words[2]} FORCE"
    return f"ALTER TABLE {words[4]} DROP INDEX {words[2]}" if words[:2] == ["DROP", "INDEX"] else sql


async def _look(scene: Scene) -> _Look:
    ask, view = scene.other.fetch_all, "innodb_sys_tables" if scene.database == "mariadb" else "innodb_tables"
    spaces = await ask(_SPACES.format(view=view, database=DATABASE))
    columns = await ask(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE()"
    )
    cut = await ask(
        "SELECT column_name AS c FROM information_schema.statistics WHERE table_schema = DATABASE() AND sub_part IS NOT NULL"
    )
    return _Look(
        {row["name"].rpartition("/")[2]: int(row["space"]) for row in spaces},
        {table: await scene.own.fetch_value(f"SELECT COUNT(*) AS n FROM {table}") for table in await scene.tables()},
        frozenset((row["t"], row["c"]) for row in columns),
        frozenset(row["c"] for row in cut),
        frozenset(row["c"] for row in await ask(_LOOSE)),
    )


def _find_gone(before: _Look, after: _Look) -> list[str]:
    """Return the tables that are gone or have fewer rows, and the columns that are gone from those that have fewer."""
    gone = [table for table, count in before.rows.items() if after.rows.get(table, 0) < count]
    both = before.rows.keys() & after.rows.keys()
    width = {table: [sum(table == name for name, _ in look.columns) for look in (before, after)] for table in both}
    lost = [f"{table}.{name}" for table, name in before.columns - after.columns if table in both]
    if len(after.rows) == len(before.rows) and gone and not both & set(gone):
        gone = []  # it has another name
    return sorted(gone + [name for name in lost if width[name.partition(".")[0]][1] < width[name.partition(".")[0]][0]])


async def _find_how(scene: Scene, one: Labelled, last: str, *, copied: bool, empty: bool = False) -> str:
    own = next((how for clause, how in _OWN.items() if clause in last), "")
    if own:
        return own
    await (_empty(scene, one) if empty else scene.reset(one))
    # MariaDB takes the clause ALGORITHM=INSTANT for ORDER BY, and copies the table nevertheless.
    for how, clauses in _CLAUSES.items():
        if copied and not how.startswith("copy"):
            continue
        try:
            await scene.run_all(one, last=_with_clauses(last, clauses))
        except DatabaseError as error:
            if error.code not in _NO_CLAUSE:
                # Without its condition, the statement is refused: as it is written, it does nothing.
                return "nothing"
            continue
        return how
    waits = await _find_waits(scene, one)
    return f"no clause, {next(iter(waits.values()), 'nothing')} waits"


def _with_clauses(sql: str, clauses: Sequence[str]) -> str:
    """Append the clauses as a person would; before the action where that is about partitions."""
    if not sql.startswith("ALTER"):
        return f"{sql.replace('IF NOT EXISTS ', '')} {' '.join(clauses)}"
    head = " ".join(sql.split(" ")[:3]) + " "
    return f"{head}{', '.join(clauses)}, {sql.removeprefix(head).replace('IF NOT EXISTS ', '').replace('IF EXISTS ', '')}"


async def _find_waits(scene: Scene, one: Labelled) -> dict[str, str]:
    """Return for each table what waits with the statement: a read, or only a write."""
    found: dict[str, str] = {}
    await scene.reset(one)
    for table in await scene.tables():
        await scene.reset(one)
        await scene.holder.run("START TRANSACTION")
        await scene.holder.fetch_all(f"SELECT 1 FROM {table} LIMIT 0 FOR UPDATE")
        task = asyncio.ensure_future(scene.run_all(one))
        while not task.done() and not await scene.other.fetch_value(_WAITING.format(id=scene.own.session)):
            await asyncio.wait([task], timeout=0.005)
        if not task.done():
            found[table] = await _find_waiting(scene, table)
        await scene.holder.run("ROLLBACK")
        await task
    return found


async def _find_waiting(scene: Scene, table: str) -> str:
    await scene.third.run("SET SESSION lock_wait_timeout = 1")
    try:
        await scene.third.fetch_all(f"SELECT 1 FROM {table} LIMIT 1")
    except DatabaseError as error:
        if error.code != "1205":
            raise
        return "a read"
    return "a write"


async def _find_locked(scene: Scene, one: Labelled) -> list[str]:
    """Return the tables of which another session gets no single row while the transaction is open."""
    found = []
    await scene.reset(one)
    tables = {table: await scene.other.fetch_all(f"SELECT * FROM {table}") for table in await scene.tables()}
    await scene.own.run("START TRANSACTION")
    await scene.run_all(one)
    for table, rows in tables.items():
        free = [await _is_free(scene, table, row) for row in rows]
        if len(rows) > 3 and not any(free):
            found.append(table)
    await scene.own.run("ROLLBACK")
    return sorted(found)


async def _is_free(scene: Scene, table: str, row: dict[str, object]) -> bool:
    column, value = next(iter(row.items()))
    try:
        await scene.third.fetch_all(f"SELECT 1 FROM {table} WHERE {column} = {value} FOR UPDATE NOWAIT")
    except DatabaseError as error:
        if error.code not in ("3572", "1205"):
            raise
        return False
    return True


async def probe_all(url: str, database: str) -> dict[str, Probed]:
    """Return what the server says about each statement of a corpus."""
    async with fresh_scene(url, database) as scene:
        return {one.id: await probe(scene, one) for one in load(database)}


def main(database: str) -> None:
    """Probe a corpus on a server of its own, and write down what it says."""
    with running(database) as server:
        found = asyncio.run(probe_all(server.url, database))
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    (CORPUS.parent / "probed" / f"{database}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
