"""PostgreSQL: a table with one of Whimbrel's names that another user may have created is refused before it is touched."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import planted
from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import ConfigurationError, info, migrate, onboard, repair, resolve, sync_tenants, validate
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.tenants import tenants_listed

pytestmark = pytest.mark.only("postgresql")

HISTORY = (
    "set_name VARCHAR(64) NOT NULL, version VARCHAR(50) NOT NULL, installed_rank INTEGER NOT NULL, "
    "description VARCHAR(200) NOT NULL, script VARCHAR(255) NOT NULL, checksum VARCHAR(100) NOT NULL, "
    "statement_hashes TEXT NOT NULL, installed_by VARCHAR(255) NOT NULL, installed_on TIMESTAMPTZ NOT NULL, "
    "execution_time BIGINT NOT NULL, min_app VARCHAR(50) NOT NULL, success BOOLEAN NOT NULL"
)
TRIGGER = (
    "CREATE FUNCTION spy() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN PERFORM public.log('trigger'); RETURN NEW; END$$",
    "CREATE TRIGGER spy BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION spy()",
)
SPY = (
    "CREATE FUNCTION spied(TEXT) RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM public.log('spied'); RETURN $1; END$$"
)
PLANTED = {
    "table": ("CREATE TABLE {table} ({columns})",),
    "trigger": ("CREATE TABLE {table} ({columns})", *TRIGGER),
    "rule": (
        "CREATE TABLE {table} ({columns})",
        "CREATE RULE spy AS ON INSERT TO {table} DO ALSO SELECT public.log('rule')",
    ),
    "policy": (
        "CREATE TABLE {table} ({columns})",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY spy ON {table} USING (public.log('policy'))",
    ),
    "view": ("CREATE TABLE under ({columns})", "CREATE VIEW {table} AS SELECT * FROM under WHERE public.log('view')"),
    "empty view": ("CREATE VIEW {table} AS SELECT 'x' AS set_name, public.log('view') AS success, 'x' AS name",),
    "materialized view": ("CREATE MATERIALIZED VIEW {table} AS SELECT 'x' AS set_name",),
    "partitioned": ("CREATE TABLE {table} ({columns}) PARTITION BY LIST (set_name)",),
    "child": ("CREATE TABLE parent (more TEXT)", "CREATE TABLE {table} ({columns}) INHERITS (parent)"),
    "parent": ("CREATE TABLE {table} ({columns})", "CREATE TABLE child () INHERITS ({table})"),
    "index": (
        SPY,
        "CREATE TABLE {table} ({columns})",
        "CREATE INDEX spy ON {table} ((set_name || spied('a'))) WHERE spied('b') = 'b'",
    ),
    "statistics": (SPY, "CREATE TABLE {table} ({columns})", "CREATE STATISTICS spy ON (spied(set_name)), version FROM {table}"),
    "generated": (SPY, "CREATE TABLE {table} ({columns}, more TEXT GENERATED ALWAYS AS (spied('a')) STORED)"),
    "default": ("CREATE TABLE {table} ({columns}, more BOOLEAN DEFAULT public.log('default'))",),
    "check": ("CREATE TABLE {table} ({columns}, CHECK (public.log('check')))",),
    "domain": (
        "CREATE DOMAIN strange AS TEXT CHECK (public.log('domain'))",
        "CREATE TABLE {table} ({columns}, more strange)",
    ),
}
GRANTS = ("GRANT ALL ON {table} TO PUBLIC",)


@pytest.fixture
def mallory(url: str) -> Iterator[str]:
    with planted.mallory(url) as address:
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "sql" / "ours", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})


def plant(address: str, kind: str, table: str) -> None:
    columns = HISTORY if table == "whimbrel_history" else f"name VARCHAR(63), {HISTORY}"
    run_sql(address, *(one.format(table=table, columns=columns) for one in (*PLANTED[kind], *GRANTS)))


Verb = Callable[[str, str], Coroutine[Any, Any, object]]
VERBS: dict[str, Verb] = {
    "migrate": lambda url, folder: migrate(url, folder),
    "dry run": lambda url, folder: migrate(url, folder, dry_run=True),
    "info": lambda url, folder: info(url, folder),
    "validate": lambda url, folder: validate(url, folder),
    "repair": lambda url, folder: repair(url, folder),
    "resolve": lambda url, _: resolve(url, "ours", "1", 1, applied=True),
    "check": lambda url, folder: prepare(url, Startup(), wanted=Wanted([folder], "check", 1)),
    "wait": lambda url, folder: prepare(url, Startup(), wanted=Wanted([folder], "wait", 1)),
}


async def refused(url: str, folder: str, table: str, verbs: dict[str, Verb] = VERBS) -> None:
    for name, verb in verbs.items():
        with pytest.raises(ConfigurationError, match=rf"{table}.*(does not trust|cannot be trusted)(.|\n)*next: ") as raised:
            await verb(url, folder)
        assert "mallory" in str(raised.value), name


@pytest.mark.parametrize("table", ["whimbrel_history", "whimbrel_journal", "whimbrel_tenants"])
def test_a_superuser_refuses_tables_that_a_plain_role_created(
    url: str, mallory: str, folder: str, table: str, database: str
) -> None:
    for kind in PLANTED:
        plant(mallory, kind, table)
        asyncio.run(refused(url, folder, table))
        assert planted.loot(url) == [], kind
        planted.replant(mallory)


def test_tenants_are_refused_where_their_table_is_a_strangers(url: str, mallory: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    verbs: dict[str, Verb] = {
        "add": lambda url, folder: onboard(url, "acme", folder),
        "list": lambda url, _: tenants_listed(url),
        "sync": lambda url, folder: sync_tenants(url, folder),
    }
    for kind in PLANTED:
        plant(mallory, kind, "whimbrel_tenants")
        asyncio.run(refused(url, blueprint, "whimbrel_tenants", verbs))
        assert planted.loot(url) == [], kind
        planted.replant(mallory)


def test_a_sync_reports_the_one_tenant_with_a_strangers_history(url: str, mallory: str, tmp_path: Path, database: str) -> None:
    blueprint = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": "CREATE TABLE t (id INTEGER);"})
    name = mallory.partition("//")[2].partition("@")[0]

    async def work() -> None:
        for tenant in ("acme", "zeta"):
            await onboard(url, tenant, blueprint)
        write_set(tmp_path / "sql" / "tenant", {"V2__t.sql": "CREATE TABLE u (id INTEGER);"})
        await asyncio.to_thread(run_sql, url, f"ALTER TABLE acme.whimbrel_history OWNER TO {name}")
        report = await sync_tenants(url, blueprint)
        assert (report.done, [one.name for one in report.failed]) == (("zeta",), ["acme"])
        assert "does not trust" in report.failed[0].error

    asyncio.run(work())


def test_a_planted_table_is_detected_before_the_first_write(
    url: str, mallory: str, folder: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from whimbrel.session.session import Session

    prepared = Session.prepare

    async def plant_first(session: Session) -> None:
        await asyncio.to_thread(plant, mallory, "trigger", "whimbrel_journal")
        await prepared(session)

    monkeypatch.setattr(Session, "prepare", plant_first)
    with pytest.raises(ConfigurationError, match="whimbrel_journal"):
        asyncio.run(migrate(url, folder))
    assert planted.loot(url) == []


@pytest.mark.parametrize(
    "changes",
    [
        ("ALTER TABLE whimbrel_history ENABLE ROW LEVEL SECURITY",),
        ("ALTER TABLE whimbrel_history ENABLE ROW LEVEL SECURITY", "ALTER TABLE whimbrel_history FORCE ROW LEVEL SECURITY"),
        ("CREATE POLICY seen ON whimbrel_history USING (TRUE)",),
        ("ALTER TABLE whimbrel_journal ENABLE ROW LEVEL SECURITY",),
        ("CREATE RULE seen AS ON DELETE TO whimbrel_history DO INSTEAD NOTHING",),
        ("CREATE TABLE child () INHERITS (whimbrel_history)",),
    ],
)
@pytest.mark.parametrize("reader", [False, True])
def test_hidden_rows_are_an_error_and_never_an_empty_history(
    url: str, folder: str, changes: tuple[str, ...], reader: bool, database: str
) -> None:
    asyncio.run(migrate(url, folder))
    run_sql(url, *changes)
    with planted.role(url, "reader", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}") as name:
        address = planted.as_role(url, name) if reader else url
        for verb in ("migrate", "dry run", "info", "validate", "check", "wait"):
            # With nothing pending, the journal is neither touched nor checked.
            if verb in ("migrate", "dry run") and "journal" in changes[0]:
                continue
            with pytest.raises(ConfigurationError, match="cannot be trusted"):
                asyncio.run(VERBS[verb](address, folder))


def test_a_role_that_only_reads_may_read_any_owners_table(url: str, mallory: str, folder: str, database: str) -> None:
    owner = mallory.partition("//")[2].partition("@")[0]
    asyncio.run(migrate(url, folder))
    for table in ("whimbrel_history", "whimbrel_journal"):
        run_sql(url, f"ALTER TABLE {table} OWNER TO {owner}")
    asyncio.run(refused(url, folder, "whimbrel_history"))
    with planted.role(url, "reader") as name:
        reader = planted.as_role(url, name)
        with pytest.raises(ConfigurationError, match=r'GRANT SELECT ON "public"\."whimbrel_history" TO "reader'):
            asyncio.run(info(reader, folder))
        run_sql(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
        for verb in ("migrate", "dry run", "info", "validate", "check", "wait"):
            asyncio.run(VERBS[verb](reader, folder))
        # A role that may create tables here might apply pending files, if it trusted a stranger's history.
        run_sql(url, f"GRANT CREATE ON SCHEMA public TO {name}")
        for verb in ("migrate", "repair", "resolve"):
            with pytest.raises(ConfigurationError, match="does not trust"):
                asyncio.run(VERBS[verb](reader, folder))


def test_the_owners_that_are_trusted(url: str, folder: str, database: str) -> None:
    name = url.rpartition("/")[2]
    grants = ("GRANT CREATE ON SCHEMA public TO {role}", "GRANT CREATE ON DATABASE " + name + " TO {role}")
    with planted.role(url, "owner", *grants) as owner, planted.role(url, "member", *grants) as member:
        asyncio.run(migrate(planted.as_role(url, owner), folder))
        address = planted.as_role(url, member)
        run_sql(url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {member}")
        with pytest.raises(ConfigurationError, match="does not trust"):
            asyncio.run(migrate(address, folder))
        with pytest.raises(ConfigurationError, match="does not trust"):
            asyncio.run(migrate(url, folder))
        for grant, back in (
            (f"GRANT {owner} TO {member}", f"REVOKE {owner} FROM {member}"),
            (f"ALTER DATABASE {name} OWNER TO {owner}", f"ALTER DATABASE {name} OWNER TO postgres"),
            (f"ALTER SCHEMA public OWNER TO {owner}", "ALTER SCHEMA public OWNER TO postgres"),
            (f"ALTER ROLE {owner} SUPERUSER", f"ALTER ROLE {owner} NOSUPERUSER"),
        ):
            run_sql(url, grant)
            assert asyncio.run(migrate(address, folder)).already == 1, grant
            run_sql(url, back)
            with pytest.raises(ConfigurationError, match="does not trust"):
                asyncio.run(migrate(address, folder))
        run_sql(url, f"ALTER SCHEMA public OWNER TO {owner}")
        assert asyncio.run(migrate(url, folder)).already == 1


def test_administering_a_role_does_not_mean_trusting_it(url: str, mallory: str, folder: str, database: str) -> None:
    """A role that creates another with CREATEROLE becomes its member, only in order to administer it."""
    owner = mallory.partition("//")[2].partition("@")[0]
    asyncio.run(migrate(url, folder))
    run_sql(url, f"ALTER TABLE whimbrel_history OWNER TO {owner}", "GRANT SELECT ON whimbrel_history TO PUBLIC")
    with planted.role(url, "admin", "GRANT CREATE ON SCHEMA public TO {role}") as name:
        run_sql(url, f"GRANT {owner} TO {name} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
        with pytest.raises(ConfigurationError, match="does not trust"):
            asyncio.run(migrate(planted.as_role(url, name), folder))


def test_a_role_that_is_reached_over_others_is_trusted(url: str, folder: str, database: str) -> None:
    create = "GRANT CREATE ON SCHEMA public TO {role}"
    with (
        planted.role(url, "owner", create) as owner,
        planted.role(url, "team", f"GRANT {owner} TO {{role}}", login="NOLOGIN") as team,
        planted.role(url, "staff", f"GRANT {team} TO {{role}}", login="NOLOGIN") as staff,
        planted.role(url, "member", create, f"GRANT {staff} TO {{role}}") as member,
    ):
        asyncio.run(migrate(planted.as_role(url, owner), folder))
        assert asyncio.run(migrate(planted.as_role(url, member), folder)).already == 1
        run_sql(url, f"REVOKE {owner} FROM {team}")
        with pytest.raises(ConfigurationError, match="does not trust"):
            asyncio.run(migrate(planted.as_role(url, member), folder))


def test_a_role_that_a_group_of_a_superuser_was_granted_is_not_believed(url: str, folder: str, database: str) -> None:
    """A superuser put this superuser into the group, but another user decided the group's own memberships."""
    with (
        planted.role(url, "chief", "ALTER ROLE {role} CREATEROLE") as chief,
        planted.role(url, "group", "GRANT {role} TO postgres", login="NOLOGIN") as group,
    ):
        run_sql(url, f"GRANT {group} TO {chief} WITH ADMIN OPTION")
        puppet = f"puppet_of_{chief}"
        run_sql(planted.as_role(url, chief), f"CREATE ROLE {puppet}", f"GRANT {puppet} TO {group}")
        try:
            run_sql(url, f"CREATE TABLE whimbrel_history ({HISTORY})", f"ALTER TABLE whimbrel_history OWNER TO {puppet}")
            with pytest.raises(ConfigurationError, match="does not trust"):
                asyncio.run(info(url, folder))
        finally:
            run_sql(url, "DROP TABLE whimbrel_history", f"DROP ROLE {puppet}")
