"""Names of tenants: refused, or a schema of exactly that name exists; nothing is injected, merged or truncated."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet import Fleet
from whimbrel import ConfigurationError, DatabaseManager, onboard, tenant_status
from whimbrel.tenants.names import check_name

SLUG = st.text("abcxyz019_-", min_size=1, max_size=63)
NASTY = st.text("a\"`';.\0/\\% \t\n-_$[]{}@#ß\u0430\u2028\uff41ÀéI\u0130\u0131", min_size=1, max_size=70)
HOSTILE = st.one_of(
    SLUG,
    NASTY,
    st.text(max_size=80),
    # Names that differ only after PostgreSQL's limit, or only in capitals, blanks or marks.
    st.integers(60, 70).flatmap(lambda size: st.sampled_from("ab").map(lambda last: "x" * (size - 1) + last)),
    st.tuples(SLUG, st.sampled_from((str.upper, str.title, lambda name: name + " ", lambda name: " " + name))).map(
        lambda pair: pair[1](pair[0])
    ),
    st.sampled_from(("pg_", "whimbrel_", "sqlite_")).flatmap(lambda prefix: SLUG.map(lambda name: prefix + name)),
    st.sampled_from(
        ("", ".", "..", "../up", "public", "information_schema", "mysql", "sys", "main", "select", "table", "con", "com1")
    ),
    SLUG.map(lambda name: f'{name}"; DROP TABLE keep; --'),
    SLUG.map(lambda name: f"{name}`; DROP TABLE keep; --"),
    SLUG.map(lambda name: f"../{name}"),
)


def test_a_hostile_name_is_refused_or_exactly_that_schema_exists(fleet: Fleet, database: str, full: bool) -> None:
    folder = fleet.write(1)
    accepted: set[str] = set()
    with asyncio.Runner() as runner:

        @settings(
            max_examples=1_000 if full else 100,
            deadline=None,
            database=None,
            derandomize=not full,
            suppress_health_check=list(HealthCheck),
        )
        @given(HOSTILE)
        def check(name: str) -> None:
            runner.run(add(name))

        async def add(name: str) -> None:
            try:
                await onboard(fleet.url, name, folder)
            except ConfigurationError:
                assert await fleet.schemas() == before | accepted
            else:
                accepted.add(name)
                assert await fleet.schemas() == before | accepted

        async def keep(sql: str) -> None:
            async with DatabaseManager(fleet.url) as db_manager:
                await db_manager.execute(sql)

        before = runner.run(fleet.schemas())
        try:
            runner.run(keep("CREATE TABLE keep (id INTEGER)"))
            check()
            runner.run(keep("INSERT INTO keep VALUES (1)"))
            runner.run(fleet.judge(sorted(accepted), 1))
            assert {one.name for one in runner.run(tenant_status(fleet.url, folder))} == accepted
            assert len(accepted) > (100 if full else 10)
        finally:
            runner.run(fleet.drop(accepted))


@pytest.mark.only("sqlite")
def test_no_name_leaves_the_folder_of_tenants(fleet: Fleet, database: str, tmp_path: Path) -> None:
    folder = fleet.write(1)
    for name in ("../up", "..", "/tmp/up", "a/b", "a\\b", "a.db", "."):
        with pytest.raises(ConfigurationError, match="cannot be a tenant"):
            asyncio.run(onboard(fleet.url, name, folder))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["sql"]


@pytest.mark.parametrize("name", ["a", "0", "acme", "acme-2", "a_b", "x" * 63, "select", "table"])
def test_a_name_that_every_database_keeps_is_accepted(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            " ",
            "a ",
            " a",
            "A",
            "Acme",
            "a.b",
            "a/b",
            "a\\b",
            "a\0",
            "a\n",
            "-a",
            "_a",
            "a'b",
            'a"b',
            "a`b",
            "a;b",
            "a$b",
            "a%",
        ),
        *("x" * 64, "é", "ß", "\uff41", "\u0430cme", "acme\u200b", "\u0131", "\u212a", "pg_a", "pg_", "whimbrel", "whimbrel_x"),
        *("information_schema", "public", "mysql", "performance_schema", "sys", "main", "temp", "nul", "com1", "sqlite_a"),
    ],
)
def test_any_other_name_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a tenant: "):
        check_name(name)
