"""MariaDB in the sql_mode ORACLE, set by a file or as the server's default: our own statements still work."""

from pathlib import Path

import pytest

from tests.dialects.test_native_sets import ask, server_default
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, info, migrate, validate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mariadb")]
PACKAGE = """DELIMITER //
CREATE OR REPLACE PACKAGE pay AS
  FUNCTION total RETURN INT;
END;
//
CREATE OR REPLACE PACKAGE BODY pay AS
  FUNCTION total RETURN INT AS
    n INT := 0;
  BEGIN
    SELECT COUNT(*) INTO n FROM payroll;
    RETURN n;
  END;
END;
//
DELIMITER ;
"""
TEXT = "SET sql_mode = 'ORACLE';\nCREATE TABLE payroll (id INT PRIMARY KEY, name VARCHAR(10));\n" + PACKAGE
ROWS = "INSERT INTO payroll VALUES (1, 'a' || 'b');\nINSERT INTO payroll VALUES (2, NULL);\n"


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"], ids=["", "off"])
async def test_a_file_may_set_the_mode(url: str, database: str, tmp_path: Path, head: str, native: bool) -> None:
    folder = write_set(
        tmp_path / "oracle", {"V1__p.sql": head + TEXT + ROWS, "V2__n.sql": "INSERT INTO payroll VALUES (3, 'c');"}
    )
    await migrate(url, folder, databases=["mariadb"] if native else [])
    assert await ask(url, "SELECT GROUP_CONCAT(coalesce(name, '-') ORDER BY id) AS names FROM payroll") == "ab,-,c"
    assert (await migrate(url, folder)).already == 2


async def test_a_file_that_stops_in_the_mode_goes_on(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "oracle", {"V1__p.sql": TEXT + "INSERT INTO nowhere VALUES (1);\n" + ROWS})
    with pytest.raises(MigrationFailed, match=r"V1__p\.sql:18:13: statement 5 of 7 \(INSERT\)"):
        await migrate(url, folder)
    write_set(tmp_path / "oracle", {"V1__p.sql": TEXT + ROWS})
    await migrate(url, folder)
    assert await ask(url, "SELECT COUNT(*) AS n FROM payroll") == 2


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("mode", ["'ORACLE'", "'ANSI,ORACLE,NO_BACKSLASH_ESCAPES'", "'ORACLE,EMPTY_STRING_IS_NULL'"])
async def test_the_mode_may_be_the_servers_default(url: str, database: str, tmp_path: Path, native: bool, mode: str) -> None:
    databases = ["mariadb"] if native else []
    files = {
        "V1__t.sql": "CREATE TABLE t (a INT PRIMARY KEY);",
        "V2__r.sql": "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);",
    }
    folder = write_set(tmp_path / "oracle", files)
    async with server_default(url, "sql_mode", mode):
        assert [one.script for one in await info(url, folder)] == [*files]
        await migrate(url, folder, databases=databases)
        write_set(tmp_path / "oracle", {"V3__bad.sql": "ALTER TABLE t ADD b INT;\nALTER TABLE nowhere ADD b INT;"})
        with pytest.raises(MigrationFailed, match=r"V3__bad\.sql:2:13"):
            await migrate(url, folder, databases=databases)
        write_set(tmp_path / "oracle", {"V3__bad.sql": "ALTER TABLE t ADD b INT;\nALTER TABLE t ADD c INT;"})
        await migrate(url, folder, databases=databases)
        assert await validate(url, folder) == []
        assert (await migrate(url, folder)).already == 3
        async with DatabaseManager(url) as db_manager, db_manager.transaction():
            assert await db_manager.fetch_value("SELECT COUNT(*) AS n FROM t") == 2
