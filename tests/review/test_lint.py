"""lint finds what each rule is about on its server, and no finding in a statement like it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.files import write_set
from tests.review.lint_pairs import PAIRS, Pair, base
from tests.servers import Server
from whimbrel import DatabaseError, DatabaseManager, LintReport, lint
from whimbrel.review.lint.rules.reserved import RESERVED

pytestmark = pytest.mark.asyncio


def address_of(database: str, servers: dict[str, Server]) -> str:
    return "sqlite://" if database == "sqlite" else servers[database].url


# Their findings depend on the whole file, so a good statement has one of its own.
_OF_FILES = ("L01", "L04", "L05", "T01", "T02")


async def test_each_rule_finds_its_statement_and_none_like_it(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    pairs = [one for one in PAIRS if database in one.databases.split()]
    texts = [text for one in pairs for text in (one.bad, one.good)]
    written = [text.replace("{t}", f"t{number}").replace("{p}", "p") for number, text in enumerate(texts)]
    files = {"V1__base.sql": base(database, texts), "V2__good.sql": "\n".join(_good_lines(pairs, written))}
    files |= {f"V{3 + number}__a.sql": text for number, text in enumerate(written) if number % 2 == 0 or _is_apart(pairs, number)}
    folder = write_set(tmp_path / "set", files)
    report = await lint(folder, on=[address_of(database, servers)], first="2", databases=[database])
    assert {one.source for one in report.findings} == {"measured"}
    wrong = []
    for number, one in enumerate(pairs):
        bad = _codes(report, f"V{3 + 2 * number}__a.sql")
        apart = _is_apart(pairs, 2 * number + 1)
        good = _codes(report, f"V{4 + 2 * number}__a.sql") if apart else _codes(report, "V2__good.sql", number + 1)
        wrong += [f"{one.code} is missing: {one.bad} {bad}"] if one.code not in bad else []
        wrong += [f"{one.code} is needless: {one.good}"] if one.code in good else []
    assert wrong == []


def _is_apart(pairs: Sequence[Pair], number: int) -> bool:
    return pairs[number // 2].code in _OF_FILES


def _good_lines(pairs: Sequence[Pair], written: Sequence[str]) -> Iterator[str]:
    """Yield one line for each pair."""
    for number in range(1, len(written), 2):
        yield "" if _is_apart(pairs, number) else written[number]


def _codes(report: LintReport, script: str, line: int | None = None) -> set[str]:
    found = [one for one in report.findings if one.place.path.endswith(f"/{script}")]
    return {one.code for one in found if line is None or one.place.line == line}


async def test_each_reserved_word_is_refused_as_a_name_and_no_other(database: str, url: str) -> None:
    words = sorted({word for one in RESERVED.values() for word in one})
    refused = set()
    async with DatabaseManager(url, pool_size=1) as manager:
        for word in words:
            try:
                await manager.execute(f"CREATE TABLE t_{word} ({word} INTEGER)")
            except DatabaseError:
                refused.add(word)
    assert refused == RESERVED[database]


async def test_values_are_kept_as_the_pages_of_m02_m03_and_m07_say(database: str, url: str) -> None:
    of_mysql = database in ("mysql", "mariadb")
    async with DatabaseManager(url, pool_size=1) as manager:
        await manager.execute("CREATE TABLE kept (a REAL, b DOUBLE PRECISION)".replace("REAL", "FLOAT" if of_mysql else "REAL"))
        await manager.execute("INSERT INTO kept VALUES (16777217, 16777217)")
        assert await manager.fetch_one("SELECT COUNT(*) AS n FROM kept WHERE b = 16777217") == {"n": 1}
        rounded = await manager.fetch_one("SELECT COUNT(*) AS n FROM kept WHERE a = 16777216")
        assert rounded == {"n": int(database != "sqlite")}
        await manager.execute("CREATE TABLE keyed (a VARCHAR(9) UNIQUE)")
        await manager.execute("INSERT INTO keyed VALUES ('a'), ('e')")
        same = {text for text in ("A", "\u00e9", "a ") if not await _takes(manager, f"INSERT INTO keyed VALUES ('{text}')")}
        assert same == {"mysql": {"A", "\u00e9"}, "mariadb": {"A", "\u00e9", "a "}}.get(database, set())
        if of_mysql:
            await manager.execute("CREATE TABLE ends (a TIMESTAMP(6) NULL)")
            with pytest.raises(DatabaseError) as caught:
                await manager.execute("INSERT INTO ends VALUES ('2050-01-01 00:00:00')")
            assert caught.value.code == "1292"


async def _takes(manager: DatabaseManager, statement: str) -> bool:
    try:
        await manager.execute(statement)
    except DatabaseError:
        return False
    return True
