"""whimbrel tenants: what its actions print, their JSON, and their exit codes."""

import asyncio
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.files import write_set
from tests.fleet import Fleet
from whimbrel.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["tenants", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_tenants_are_added_listed_synced_and_reported(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here no settings name folders, and `list` needs no folders.
    monkeypatch.chdir(tmp_path)
    common = ("--url", fleet.url, "--sql", fleet.write(4))
    for name in fleet.names(3):
        code, out, _ = run(capsys, "add", name, *common)
        assert (code, out.startswith(f"tenant {name}: 4 applied")) == (0, True)
    code, out, _ = run(capsys, "list", "--url", fleet.url, "--json")
    assert (code, [one["versions"] for one in json.loads(out)["tenants"]]) == (0, [{"tenant": "4"}] * 3)
    code, out, _ = run(capsys, "list", "--url", fleet.url)
    assert (code, all(name in out for name in fleet.names(3)), out.endswith("3 tenants\n")) == (0, True, True)
    assert run(capsys, "status", *common, "--check")[0] == 0

    fleet.write(5)
    broken = fleet.name(1)
    asyncio.run(fleet.run(broken, "CREATE TABLE {schema}.made (id INTEGER)"))
    code, out, _ = run(capsys, "status", *common, "--check")
    assert (code, out.endswith("3 tenants: 0 up to date, 3 behind, 0 failed, 0 missing schema\n")) == (4, True)
    code, out, err = run(capsys, "sync", *common)
    assert (code, f"failed {broken}: " in out, "2 done (2 migrations)" in out) == (1, True, True)
    assert (f"failed {broken}: " in err, err.endswith("3 of 3 tenants, 1 failed\n")) == (True, True)
    code, out, _ = run(capsys, "status", *common, "--json")
    document = json.loads(out)
    assert (code, document["counts"]["up to date"], document["counts"]["failed"]) == (0, 2, 1)
    assert document["tenants"][1]["lacks"] == ["tenant 5"]

    asyncio.run(fleet.run(broken, "DROP TABLE {schema}.made"))
    code, out, _ = run(capsys, "sync", "--json", *common)
    assert (code, json.loads(out)["done"], json.loads(out)["up_to_date"]) == (0, [broken], 2)
    code, out, err = run(capsys, "sync", *common)
    assert (code, "0 done" in out, err) == (0, True, "")
    asyncio.run(fleet.judge(fleet.names(3), 5))


def test_the_command_that_settles_a_tenants_statement_leads_to_its_schema(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    common, name = ("--url", fleet.url, "--sql", fleet.write(1)), fleet.name(1)
    assert run(capsys, "add", name, *common)[0] == 0
    text = "-- whimbrel: transaction=off\nINSERT INTO counter VALUES (2, 0);\nINSERT INTO nowhere VALUES (1);"
    write_set(fleet.folder / "sql" / "tenant", {"V2__m.sql": text})
    assert run(capsys, "sync", *common)[0] == 1
    asyncio.run(fleet.run(name, "UPDATE {schema}.whimbrel_journal SET state = 'intent', catalog_before = ''"))
    _, out, _ = run(capsys, "sync", *common)
    (told,) = re.findall(r"If it did: whimbrel (.*?): if it did not", out)
    # On SQLite the tenant is a file with a separate address.
    address = () if "--url" in told else ("--url", fleet.url)
    assert main([*shlex.split(told), *address]) == 0
    write_set(fleet.folder / "sql" / "tenant", {"V2__m.sql": text.replace("nowhere VALUES (1)", "counter VALUES (3, 0)")})
    assert run(capsys, "sync", *common)[0] == 0


def test_an_invalid_tenant_name_exits_with_2(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    code, _, err = run(capsys, "add", "Acme", "--url", fleet.url, "--sql", fleet.write(1))
    assert (code, "'Acme' cannot be a tenant" in err) == (2, True)


def test_blueprints_that_are_for_other_databases_are_not_applied(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, database: str
) -> None:
    common = ("--url", fleet.url, "--sql", fleet.write(1), "--for", "mariadb" if database == "mysql" else "sqlite")
    common = (*common[:-1], "postgresql") if database == "sqlite" else common
    code, _, err = run(capsys, "add", fleet.name(1), *common)
    assert (code, f"but the database is {database}" in err) == (2, True)
    other = "postgresql" if database == "sqlite" else "sqlite"
    assert run(capsys, "sync", *common[:-1], other)[0] == 2
    code, out, _ = run(capsys, "list", *common)
    assert out.endswith("0 tenants\n")


def test_each_command_takes_its_own_sets_of_the_settings(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.write(2)
    write_set(tmp_path / "sql" / "own", {"V1__a.sql": "SELECT 1;"})
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\nsql = ["sql/own", "sql/tenant"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", fleet.url)
    assert main(["migrate"]) == 0
    assert "1 applied" in capsys.readouterr().out
    code, out, _ = run(capsys, "add", fleet.name(1))
    assert (code, "2 applied" in out) == (0, True)


def test_a_blueprint_without_a_named_schema_is_refused(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    assert main(["migrate", "--url", fleet.url, "--sql", fleet.write(1)]) == 2
    assert "whimbrel tenants sync" in capsys.readouterr().err
    write_set(fleet.folder / "own", {"V1__a.sql": "SELECT 1;"})
    code, _, err = run(capsys, "sync", "--url", fleet.url, "--sql", str(fleet.folder / "own"))
    assert (code, "is a global set" in err) == (2, True)
