"""Migrations as those of the ledger whose statements take as many seconds as the table `pace` says; 0 to finish the work."""

from pathlib import Path

from tests.conftest import run_sql
from tests.faults.ledger import EACH, FIRST
from tests.files import write_set

_ROWS_A_SECOND = 6_000_000
_COUNT = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, pace WHERE n < {rows} * steps) SELECT count(*) AS n FROM r"
)
# A question, and a DDL statement, which take their time.
_SLOW = {
    "postgresql": "SELECT steps, pg_sleep(steps) IS NULL AS n FROM pace",
    "mysql": "SELECT steps, sleep(steps) AS n FROM pace",
    "mariadb": "SELECT steps, sleep(steps) AS n FROM pace",
    "sqlite": _COUNT.format(rows=_ROWS_A_SECOND),
}


def set_pace(url: str, seconds: float) -> None:
    """Say how long each of the slow statements takes from now on."""
    run_sql(url, "CREATE TABLE IF NOT EXISTS pace (steps FLOAT)", "DELETE FROM pace", f"INSERT INTO pace VALUES ({seconds})")


def write_slow(folder: Path, database: str, migrations: int) -> str:
    """Write a set of that many migrations, each with two slow statements, and return its path."""
    slow = f"{_SLOW[database]};\n"
    files = {}
    for version in range(1, migrations + 1):
        head, tail = EACH.format(version=version).split("CREATE TABLE made_")
        text = f"{head}{slow}CREATE TABLE made_{tail}CREATE TABLE slow_{version} AS {slow}"
        files[f"V{version:03}__slow.sql"] = (FIRST if version == 1 else "") + text
    return write_set(folder, files)
